"""Step 3: one transaction takes a request in: idempotency, job, items, attempts, quota, hold, event. Then 202."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from billing.ledger import hold_credits
from billing.models import UNLIMITED, CreditAccount, CreditHold
from billing.quotas import reserve_outputs
from billing.spending import require_within_caps
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import ExternalUser, Project
from gencraft_media.accounts.services import external_user_for
from gencraft_media.common.clock import database_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.rows import insert_rows
from gencraft_media.generation.delivered_form import AskedForm, DeliveredForm, form_for
from gencraft_media.generation.errors import IdempotencyKeyReused, TooManyJobs
from gencraft_media.generation.inputs import Given, ResolvedInput, keep_inputs, resolved_inputs
from gencraft_media.generation.journal import notify_dispatcher, tell, write_events
from gencraft_media.generation.media_rules import completed, require_enabled
from gencraft_media.generation.models import GenerationItem, GenerationJob, IdempotencyRecord
from gencraft_media.generation.planning import plan_attempts
from gencraft_media.generation.policy import MediaPolicy, media_policy, routing_policy
from gencraft_media.generation.routing.route import Route, route_request
from gencraft_media.generation.routing.serving import serving_of
from gencraft_media.generation.routing.wishes import RoutingWish
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.webhooks.subscriptions import check_webhook_url, subscribe_job
from providers.fitting import Wanted
from providers.operations import limits_for

# Of the column; the receipt has all of them.
_NAMED_LENGTH = 500


@dataclass(frozen=True)
class GenerationOrder:
    """A checked request for new media, before anything was decided about it."""

    operation: str
    wanted: Wanted
    wish: RoutingWish = field(default_factory=RoutingWish)
    strict: bool = False
    form: AskedForm = field(default_factory=AskedForm)
    inputs: tuple[Given, ...] = ()
    external_user_id: str = ""
    tags: tuple[str, ...] = ()
    alt_text: str = ""
    expires_at: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    webhook_url: str = ""
    idempotency_key: str = ""
    # Whose keys these are; "" = the caller's own, which no operator's can meet.
    idempotency_scope: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class Admission:
    """The job of a request; `replayed` when an earlier request with the same Idempotency-Key had made it."""

    job: GenerationJob
    replayed: bool = False


def fingerprint_of(method: str, path: str, body: Any) -> str:
    """What two requests under one Idempotency-Key must have in common."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def admit(*, caller: Caller, project: Project, order: GenerationOrder) -> Admission:
    """Take a request in, or refuse it leaving nothing behind.

    Raises what `route_request` raises, `GenerationDisabled`, `InsufficientCredits`, `QuotaExceeded`, `SpendCapReached`,
    `TooManyJobs`, `IdempotencyKeyReused`.
    """
    scope = order.idempotency_scope or f"{project.pk}:{caller.user.pk}"
    if order.idempotency_key:
        earlier = _find_earlier(scope, order)
        if earlier is not None:
            return earlier
    media = media_policy(project.pk, project.owner_id)
    require_enabled(media)
    if order.webhook_url:
        check_webhook_url(order.webhook_url)
    try:
        with resolved_inputs(
            order.inputs, caller=caller, project=project, external_id=order.external_user_id
        ) as inputs:
            admission = _admit(caller, project, order, media, scope, inputs)
    except IntegrityError:
        # The same key at the same moment: the other request won, its job is the answer.
        earlier = _find_earlier(scope, order) if order.idempotency_key else None
        if earlier is None:
            raise
        return earlier
    crashpoint("admission.committed")
    return admission


def _admit(
    caller: Caller,
    project: Project,
    order: GenerationOrder,
    media: MediaPolicy,
    scope: str,
    inputs: Sequence[ResolvedInput],
) -> Admission:
    wanted = replace(order.wanted, inputs=tuple(given.facts for given in inputs)) if inputs else order.wanted
    wanted = completed(wanted, media, operation=order.operation, strict=order.strict)
    route = route_request(
        wish=order.wish,
        policy=routing_policy(project.pk, project.owner_id),
        operation=order.operation,
        wanted=wanted,
        strict=order.strict,
    )
    params = route.fitted.params
    form = form_for(order.form, media, operation=order.operation, params=params, strict=order.strict)
    with transaction.atomic():
        admission = _write(caller, project, order, route, form, scope, inputs)
        crashpoint("admission.before_commit")
    return admission


def _find_earlier(scope: str, order: GenerationOrder) -> Admission | None:
    record = IdempotencyRecord.objects.select_related("job").filter(scope=scope, key=order.idempotency_key).first()
    if record is None:
        return None
    if record.fingerprint != order.fingerprint:
        raise IdempotencyKeyReused
    return Admission(record.job, replayed=True)


def _write(
    caller: Caller,
    project: Project,
    order: GenerationOrder,
    route: Route,
    form: DeliveredForm,
    scope: str,
    inputs: Sequence[ResolvedInput],
) -> Admission:
    external_user = external_user_for(project, order.external_user_id) if order.external_user_id else None
    job = _new_job(caller, project, order, route, form, external_user)
    # Counts the event told below, so that the row is written once.
    job.event_count = 1
    insert_rows([job])
    job.event_count = 0
    if order.idempotency_key:
        IdempotencyRecord.objects.create(scope=scope, key=order.idempotency_key, fingerprint=order.fingerprint, job=job)
    seeds = _seeds(route, order.wanted.count)
    items = [GenerationItem(job=job, index=index, seed=seed) for index, seed in enumerate(seeds)]
    insert_rows(items)
    keep_inputs(job, inputs)
    if order.webhook_url:
        subscribe_job(job.pk, project.pk, order.webhook_url)
    plan_attempts(job, items, serving=serving_of(route))
    tell(job, "job.queued", provider=job.provider, model=job.model, quote=job.quote)
    write_events(job)
    subject = f"external:{external_user.pk}" if external_user else f"user:{caller.user.pk}"
    reserve_outputs(
        owner_id=project.owner_id,
        subject=subject,
        job_id=job.pk,
        units=job.batch_size,
        now=job.created_at,
        project_id=project.pk,
        requester={"externalUserId": external_user.external_id} if external_user else {"userId": caller.user.pk},
    )
    # Last, because this locks the payer's account row until the commit.
    hold = hold_credits(owner_id=project.owner_id, job_id=job.pk, credits=route.quote.credits, project_id=project.pk)
    _require_room(hold.account)
    _require_within_caps(job, project, hold)
    notify_dispatcher()
    job.known_items = items
    return Admission(job)


def _new_job(
    caller: Caller,
    project: Project,
    order: GenerationOrder,
    route: Route,
    form: DeliveredForm,
    external_user: ExternalUser | None,
) -> GenerationJob:
    quote, now = route.quote, database_now()
    return GenerationJob(
        user=caller.user,
        project=project,
        external_user=external_user,
        api_key_id=caller.key.pk if caller.key else None,
        payer_id=project.owner_id,
        provider=route.model.provider_id,
        model=route.model.name,
        operation=route.operation,
        strategy=route.strategy,
        requested_provider=order.wish.named[:_NAMED_LENGTH],
        wish=route.wish,
        params=route.fitted.params,
        batch_size=order.wanted.count,
        receipt=route.receipt,
        adaptations=[*route.fitted.adaptations, *form.adaptations],
        picture_format=form.format,
        compression=form.compression,
        quote=quote.as_json(),
        quoted_total=quote.total,
        quoted_provider_cost=quote.provider_cost,
        price_version=quote.price_version,
        created_at=now,
        deadline_at=now + timedelta(seconds=settings.JOB_DEADLINE_S),
        tags=list(order.tags),
        alt_text=order.alt_text,
        metadata=order.metadata,
        asset_expires_at=order.expires_at,
    )


def _seeds(route: Route, count: int) -> list[int | None]:
    """One seed an item, counted up from the first, so that every picture of a batch can be made again.

    None where the model takes no seed.
    """
    bounds = limits_for(route.model.limits, route.operation).get("seed")
    if bounds is None:
        return [None] * count
    smallest, span = int(bounds["minimum"]), int(bounds["maximum"]) - int(bounds["minimum"]) + 1
    first = route.fitted.params.get("seed")
    if first is None:
        first = smallest + random.randrange(span)  # noqa: S311 (no secret)
    return [smallest + (int(first) - smallest + index) % span for index in range(count)]


def _require_within_caps(job: GenerationJob, project: Project, hold: CreditHold) -> None:
    """What the project may spend, behind the payer's lock as well."""
    running = GenerationJob.objects.filter(
        payer_id=job.payer_id, project=project, status__in=[JobStatus.QUEUED, JobStatus.PROCESSING]
    )
    require_within_caps(
        project_id=project.pk,
        plan_key=hold.account.plan_id,
        credits=hold.credits,
        now=job.created_at or database_now(),
        running=running.exclude(pk=job.pk).values("pk"),
    )


def _require_room(account: CreditAccount) -> None:
    """The plan's number of running jobs; counted behind the account's row lock, so two requests cannot both be last."""
    allowed = account.plan.concurrent_jobs
    if allowed == UNLIMITED:
        return
    running = GenerationJob.objects.filter(payer_id=account.owner_id).exclude(status__in=TERMINAL[JobStatus]).count()
    if running > allowed:
        raise TooManyJobs(
            f"Your plan runs {allowed} jobs at once; wait for one to end.", limit=allowed, retry_after_s=2
        )
