"""Plain English: a sentence becomes a plan, the plan is looked at, and a second, deliberate request applies it.

A sentence in the address only fills the box. What is applied is bound to the digest of the page that was looked at.
"""

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import GenCraftError, ObjectNotFound
from gencraft_media.console.plain_english.rights import may_write, steps_open_to
from gencraft_media.console.plain_english.showing import show_plan
from gencraft_media.console.site_pages import page_context
from gencraft_media.daos.effects import lacks_approval
from gencraft_media.daos.grammar.examples import EXAMPLES
from gencraft_media.daos.grammar.words import MOST_CHARACTERS
from gencraft_media.daos.language_model import is_language_model_set, propose_with_language_model
from gencraft_media.daos.models import OPEN_STATES, ConfigurationPlan
from gencraft_media.daos.selectors import actions_told, get_plan, plans, prompts_told
from gencraft_media.daos.sentences import SentenceRefused
from gencraft_media.daos.services import apply_plan, approve_plan, propose_plan, undo_plan

_A_PAGE = 15


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """The box with sentences to begin with, and the plans there are. POST makes a plan, and changes nothing else."""
    if request.method != "POST":
        return _home(request, request.GET.get("sentence", "")[:MOST_CHARACTERS])
    if not may_write(request):
        raise PermissionDenied
    sentence = request.POST.get("sentence", "")
    try:
        plan = _propose(request, sentence)
    except SentenceRefused as refusal:
        return _home(request, sentence, refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except GenCraftError as problem:
        return _home(request, sentence, problem, status=HTTPStatus(problem.http_status))
    return HttpResponseRedirect(reverse("admin:plain_english_plan", args=[plan.pk]))


@require_http_methods(["GET", "HEAD"])
def plan_page(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Everything that a plan would change, or changed, and the buttons for it."""
    plan = _plan(plan_id)
    context = {
        "shown": show_plan(plan, database_now()),
        "plan": plan,
        "effect": plan.effect,
        "replay": plan.effect["replay"],
        "steps": steps_open_to(request, plan),
        "may_write": may_write(request),
        "waits_for_others": _waits_for_others(request, plan),
    }
    return render(request, "daos/plan.html", {**page_context(request, "Plan"), **context})


@require_POST
def take_step(request: HttpRequest, plan_id: uuid.UUID, step: str) -> HttpResponse:
    """Apply, approve or undo a plan; applying names the digest of the page it is asked on."""
    plan = _plan(plan_id)
    if step not in _STEPS:
        raise Http404
    if not may_write(request):
        raise PermissionDenied
    take, said = _STEPS[step]
    try:
        take(request, plan)
    except GenCraftError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:plain_english_plan", args=[plan_id]))


def _propose(request: HttpRequest, sentence: str) -> ConfigurationPlan:
    if "ask_model" in request.POST:
        return propose_with_language_model(actor=request.user, sentence=sentence)
    return propose_plan(actor=request.user, sentence=sentence)


def _home(
    request: HttpRequest, sentence: str, problem: GenCraftError | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    page = Paginator(plans(), _A_PAGE).get_page(request.GET.get("page"))
    now = database_now()
    context = {
        "sentence": sentence,
        "problem": problem,
        "reasons": [wrong.message for wrong in problem.errors] if problem is not None else [],
        "words": problem.words if isinstance(problem, SentenceRefused) else [],
        "nearest": problem.nearest if isinstance(problem, SentenceRefused) else [],
        "may_ask_model": isinstance(problem, SentenceRefused) and is_language_model_set(),
        "may_write": may_write(request),
        "prompts": prompts_told(),
        "examples": [(action["label"], EXAMPLES.get(action["name"], ())) for action in actions_told()],
        "page": page,
        "plans": [show_plan(plan, now) for plan in page],
    }
    return render(request, "daos/home.html", {**page_context(request, "Plain English"), **context}, status=status)


def _waits_for_others(request: HttpRequest, plan: ConfigurationPlan) -> bool:
    """Whether a second person has to approve it, and this one cannot be that."""
    is_own = plan.created_by_id in (request.user.pk, None)
    return plan.state in OPEN_STATES and is_own and lacks_approval(plan)


def _plan(plan_id: uuid.UUID) -> ConfigurationPlan:
    try:
        return get_plan(plan_id)
    except ObjectNotFound as error:
        raise Http404 from error


def _apply(request: HttpRequest, plan: ConfigurationPlan) -> Any:
    return apply_plan(plan, actor=request.user, digest=request.POST.get("digest", ""))


def _approve(request: HttpRequest, plan: ConfigurationPlan) -> Any:
    return approve_plan(plan, actor=request.user)


def _undo(request: HttpRequest, plan: ConfigurationPlan) -> Any:
    return undo_plan(plan, actor=request.user)


_STEPS: dict[str, tuple[Callable[[HttpRequest, ConfigurationPlan], Any], str]] = {
    "apply": (_apply, "Applied. It holds in every process within a second."),
    "approve": (_approve, "Approved. It can be applied now."),
    "undo": (_undo, "Undone. Every value is what it was before."),
}
