"""Configuration by plans over the API: for SuperAdmins alone."""

import uuid
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import OperatorView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.models import User
from gencraft_media.common.paging import requested_page
from gencraft_media.common.serializers import shown
from gencraft_media.daos.language_model import propose_with_language_model
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.selectors import actions_told, get_plan, plans, prompts_told
from gencraft_media.daos.serializers import (
    ActionListSerializer,
    Confirmation,
    NewPlan,
    PlanPageSerializer,
    PlanSerializer,
    PromptListSerializer,
)
from gencraft_media.daos.services import apply_plan, approve_plan, propose_plan, undo_plan
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.serializers import NothingSerializer


class PlansView(OperatorView):
    """Every plan, and the way to a new one."""

    @extend_schema(
        operation_id="listConfigurationPlans",
        responses={200: PlanPageSerializer},
        parameters=[OpenApiParameter("page", int), OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"page", "limit", "cursor"})
        page = requested_page(plans(), request.query_params)
        return Response(page.as_json([shown(PlanSerializer, plan) for plan in page.items]))

    @extend_schema(operation_id="proposeConfigurationPlan", request=NewPlan, responses={201: PlanSerializer})
    def post(self, request: Request) -> Response:
        """Read a sentence or actions into a plan. Nothing is changed before exactly this plan is applied."""
        plan = _proposed(caller_of(request).user, NewPlan.read(request.data))
        answer = Response(shown(PlanSerializer, plan), status=status.HTTP_201_CREATED)
        answer["Location"] = reverse("daos-plan", args=[plan.pk])
        return answer


class PlanView(OperatorView):
    """One plan."""

    @extend_schema(operation_id="getConfigurationPlan", responses={200: PlanSerializer})
    def get(self, request: Request, plan_id: uuid.UUID) -> Response:
        refuse_unknown_parameters(request, set())
        return Response(shown(PlanSerializer, get_plan(plan_id)))


class PlanApplyView(OperatorView):
    """Confirm a plan."""

    @extend_schema(operation_id="applyConfigurationPlan", request=Confirmation, responses={200: PlanSerializer})
    def post(self, request: Request, plan_id: uuid.UUID) -> Response:
        """Change all that the plan says, or nothing; once, and only if nothing it was made from has changed."""
        digest = Confirmation.read(request.data)["digest"]
        return _told(apply_plan(get_plan(plan_id), actor=caller_of(request).user, digest=digest))


class PlanApproveView(OperatorView):
    """A second person's word for a plan."""

    @extend_schema(operation_id="approveConfigurationPlan", request=None, responses={200: PlanSerializer})
    def post(self, request: Request, plan_id: uuid.UUID) -> Response:
        NothingSerializer.read(request.data)
        return _told(approve_plan(get_plan(plan_id), actor=caller_of(request).user))


class PlanUndoView(OperatorView):
    """Undo an applied plan."""

    @extend_schema(operation_id="undoConfigurationPlan", request=None, responses={200: PlanSerializer})
    def post(self, request: Request, plan_id: uuid.UUID) -> Response:
        """Every value exactly as it was before; refused where one was changed since."""
        NothingSerializer.read(request.data)
        return _told(undo_plan(get_plan(plan_id), actor=caller_of(request).user))


class ActionsView(OperatorView):
    """What can be configured."""

    @extend_schema(operation_id="listRuntimeActions", responses={200: ActionListSerializer})
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        return Response({"items": actions_told()})


class PromptsView(OperatorView):
    """The sentences that have an id."""

    @extend_schema(operation_id="listKnownPrompts", responses={200: PromptListSerializer})
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        return Response({"items": prompts_told()})


def _proposed(actor: User, values: dict[str, Any]) -> ConfigurationPlan:
    holds_for_s = values.get("holds_for_s")
    if values["ask_language_model"]:
        return propose_with_language_model(actor=actor, sentence=values["prompt"], holds_for_s=holds_for_s)
    return propose_plan(
        actor=actor,
        sentence=values.get("prompt", ""),
        prompt_id=values.get("prompt_id", ""),
        actions=values.get("actions"),
        holds_for_s=holds_for_s,
    )


def _told(plan: ConfigurationPlan) -> Response:
    return Response(shown(PlanSerializer, get_plan(plan.pk)))
