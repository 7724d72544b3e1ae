"""Another model steps in for what is missing of a job, where the first is known not to have taken it."""

import random
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from typing import Any

from billing.money import share_of, usd
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.common.rows import update_row
from gencraft_media.generation.endings import requeue_items
from gencraft_media.generation.fallback_policy import FREE_CODES, Policy, Trouble, trouble_of
from gencraft_media.generation.journal import notify_dispatcher, save_events, tell
from gencraft_media.generation.limits import MINUTE_S
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.planning import Serving, plan_attempts
from gencraft_media.generation.policy import RoutingPolicy, routing_policy
from gencraft_media.generation.routing.route import Route, route_request
from gencraft_media.generation.routing.serving import serving_of
from gencraft_media.generation.routing.standing import current_standing
from gencraft_media.generation.routing.wishes import restored_wish
from gencraft_media.generation.states import AttemptState
from providers.errors import Busy, KeyRefused, Moderated, OutOfMoney, Unreachable
from providers.operations import limits_for
from providers.selectors import BUILT_IN, accounts_for, full_name, models_offered
from providers.wanted import Wanted

log = logger(__name__)
# Models looked at in one go; further ones would hardly be what the client wanted.
_MOST_LOOKS = 5
# Of the receipt of a model that steps in.
_OF_THE_CHOICE = ("reason", "candidates", "refused", "hook", "hooks")


@dataclass(frozen=True)
class StandIn:
    """A model that can make what is missing, and on which terms."""

    route: Route
    serving: Serving
    # The seed that the client asked for, of the first picture.
    asked_seed: int | None

    @property
    def name(self) -> str:
        """`provider/model`."""
        return full_name(self.serving.provider, self.serving.model)


def policy_of(attempt: GenerationAttempt) -> Policy:
    """What may be done for the attempt's job.

    A request that went out twice under one key was in doubt once, and stays with its provider. So does one that some
    provider refused by its content rules, for whatever reason another model would step in for the rest of the job.
    """
    job = attempt.job
    if not job.wish or attempt.submissions > 1:
        return Policy.ALONE
    settings = _settings_of(job)
    if job.wish.get("fallback") is None and not settings.fallback:
        # They were changed since the job was admitted.
        return Policy.ALONE
    if settings.fallback_after_moderation:
        return Policy.AFTER_MODERATION
    return Policy.ALONE if _was_moderated(job) else Policy.FALLBACK


def find_stand_in(attempt: GenerationAttempt, error: GenCraftError) -> StandIn | None:
    """The best model that was not tried yet and can make what is missing for the quote; None: there is none.

    Asks hooks, so no transaction is open.
    """
    job = attempt.job
    kept, settings = restored_wish(job.wish), _settings_of(job)
    wanted, limit = _of_the_same_size(job, kept.wanted), _most_it_may_cost(job, settings)
    wish = replace(kept.wish, max_cost=limit if kept.wish.max_cost is None else min(limit, kept.wish.max_cost))
    excluded = _tried(attempt) | _of_a_lost_account(attempt, error)
    for _ in range(_MOST_LOOKS):
        try:
            route = route_request(
                wish=wish,
                policy=settings,
                operation=kept.operation,
                wanted=wanted,
                strict=kept.strict,
                excluded=sorted(excluded),
            )
        except GenCraftError:
            # Whatever says so: nobody else can do it.
            return None
        if _is_no_quicker(route, error):
            return None
        if route.quote.total <= limit and _roles(route.fitted.params) >= _roles(job.params):
            return StandIn(route, _serving(job, route), kept.wanted.seed)
        excluded |= {full_name(route.model.provider_id, route.model.name)}
    return None


def step_in(
    job: GenerationJob,
    attempt: GenerationAttempt,
    items: list[GenerationItem],
    stand_in: StandIn,
    error: GenCraftError,
) -> None:
    """Plan the items of an attempt that has just ended for the stand-in, and tell of it.

    Runs in the transaction that ended the attempt, behind the job's lock.
    """
    requeue_items(items)
    _give_seeds(items, stand_in)
    plan_attempts(job, items, serving=stand_in.serving, tries=attempt.tries + 1)
    before = full_name(attempt.provider, attempt.model)
    # Fixed for every other step of a job, so that the lock does not read them again.
    job.refresh_from_db(fields=["receipt", "adaptations"])
    job.provider, job.model = stand_in.serving.provider, stand_in.serving.model
    _note(job, before, stand_in, error)
    changes = {name: getattr(job, name) for name in ("provider", "model", "receipt", "adaptations")}
    update_row(GenerationJob, job.pk, changes)
    told = {"from": before, "to": stand_in.name, "code": error.code}
    tell(job, "job.rerouted", **told, provider=job.provider, model=job.model)
    save_events(job)
    log.warning("job rerouted", job_id=str(job.pk), **told)
    if isinstance(error, Moderated) or _was_moderated(job):
        record_audit(actor=None, action="job.fallback_after_moderation", target=job, after=told)
    notify_dispatcher()
    crashpoint("fallback.before_commit")


def _settings_of(job: GenerationJob) -> RoutingPolicy:
    return routing_policy(job.project_id, job.payer_id)


def _most_it_may_cost(job: GenerationJob, settings: RoutingPolicy) -> Decimal:
    """US dollars of the whole request, after markup: the client pays the quote at most, the rest is the operator's."""
    return job.quoted_total * (100 + settings.fallback_extra_percent) / 100


def _of_the_same_size(job: GenerationJob, wanted: Wanted) -> Wanted:
    """With the size that the first model's default was, so that all pictures of a job have one; edits follow theirs."""
    if wanted.inputs or wanted.width or wanted.height:
        return wanted
    return replace(wanted, width=job.params.get("width"), height=job.params.get("height"))


def _was_moderated(job: GenerationJob) -> bool:
    """Whether a provider refused some part of the job by its content rules."""
    return job.attempts.filter(error__code=Moderated.code).exists()


def _is_no_quicker(route: Route, error: GenCraftError) -> bool:
    """Whether the stand-in is kept back as well, where the first model only asks for patience.

    A model whose minute is full is chosen where there is no better one, so there is no other to look at.
    """
    if not isinstance(error, Busy) or (error.retry_after_s or 0.0) > MINUTE_S:
        return False
    cost = route.quote.provider_cost
    _, hindrance = current_standing().account_for(route.model.provider_id, route.model.name, cost)
    return hindrance is not None


def _tried(attempt: GenerationAttempt) -> set[str]:
    """What did not take some part of the job already, by `provider/model`; the attempt's own model among it.

    A model that was only left alone was not asked.
    """
    rows = attempt.job.attempts.filter(state=AttemptState.REJECTED)
    found = rows.values_list("provider", "model", "submissions", "error")
    refused = {
        (provider, model)
        for provider, model, submissions, error in found
        if submissions or (error or {}).get("code") not in FREE_CODES
    }
    return {full_name(provider, model) for provider, model in {*refused, (attempt.provider, attempt.model)}}


def _of_a_lost_account(attempt: GenerationAttempt, error: GenCraftError) -> set[str]:
    """Every model of the provider, where none of them is better off: its only account is refused, or not reached.

    The engine's own providers have faults by script, each of its models another one.
    """
    is_common = isinstance(error, OutOfMoney | KeyRefused | Unreachable) and attempt.provider not in BUILT_IN
    if not is_common or len(accounts_for(attempt.provider)) > 1:
        return set()
    own = (row for row in models_offered() if row.provider_id == attempt.provider)
    return {full_name(row.provider_id, row.name) for row in own}


def _roles(params: dict[str, Any]) -> set[str]:
    """The parts that inputs play: what the first model was shown, another one has to be shown, too."""
    return {given["role"] for given in params.get("inputs", ())}


def _serving(job: GenerationJob, route: Route) -> Serving:
    return replace(
        serving_of(route),
        own_params=route.fitted.params,
        # The lower of both: nobody pays for our detour, and a cheaper model is not charged as a dearer one.
        own_share=min(share_of(usd(job.quoted_total), job.batch_size), route.quote.share),
    )


def _give_seeds(items: list[GenerationItem], stand_in: StandIn) -> None:
    """Items keep their seeds as far as the model takes them; those that never had one get one."""
    bounds = limits_for(stand_in.route.model.limits, stand_in.serving.operation).get("seed")
    first = random.randrange(2**32) if stand_in.asked_seed is None else stand_in.asked_seed  # noqa: S311 (no secret)
    for item in items:
        wanted = first + item.index if item.seed is None else item.seed
        seed = None if bounds is None else _within(bounds, wanted)
        if seed != item.seed:
            item.seed = seed
            update_row(GenerationItem, item.pk, {"seed": seed})


def _within(bounds: dict[str, int], seed: int) -> int:
    smallest, span = int(bounds["minimum"]), int(bounds["maximum"]) - int(bounds["minimum"]) + 1
    return smallest + (seed - smallest) % span


def _note(job: GenerationJob, before: str, stand_in: StandIn, error: GenCraftError) -> None:
    """Write the change into the job's receipt and its adaptations, once for all items that were served together."""
    told = {"from": before, "to": stand_in.name, "code": error.code}
    known = [{name: one[name] for name in told} for one in job.receipt.get("fallbacks", ())]
    if told in known:
        return
    at = database_now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # The choice itself is told as that of the first model is.
    choice = {name: stand_in.route.receipt[name] for name in _OF_THE_CHOICE if name in stand_in.route.receipt}
    job.receipt = {**job.receipt, "fallbacks": [*job.receipt.get("fallbacks", ()), {**told, "at": at, **choice}]}
    changed = [_change_of_model(before, stand_in.name, trouble_of(error)), *stand_in.route.fitted.adaptations]
    job.adaptations = [*job.adaptations, *(one for one in changed if one not in job.adaptations)]


def _change_of_model(before: str, after: str, trouble: Trouble) -> dict[str, Any]:
    reason = f"{before} {trouble.said}; {after} makes what is missing."
    return {"field": "model", "requested": before, "used": after, "reason": reason}
