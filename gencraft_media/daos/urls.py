"""Addresses of configuration by plans, below /api/media/daos/."""

from django.urls import path

from gencraft_media.daos.views import (
    ActionsView,
    PlanApplyView,
    PlanApproveView,
    PlansView,
    PlanUndoView,
    PlanView,
    PromptsView,
)

urlpatterns = [
    path("plans", PlansView.as_view(), name="daos-plans"),
    path("plans/<uuid:plan_id>", PlanView.as_view(), name="daos-plan"),
    path("plans/<uuid:plan_id>/apply", PlanApplyView.as_view(), name="daos-plan-apply"),
    path("plans/<uuid:plan_id>/approve", PlanApproveView.as_view(), name="daos-plan-approve"),
    path("plans/<uuid:plan_id>/undo", PlanUndoView.as_view(), name="daos-plan-undo"),
    path("actions", ActionsView.as_view(), name="daos-actions"),
    path("prompts", PromptsView.as_view(), name="daos-prompts"),
]
