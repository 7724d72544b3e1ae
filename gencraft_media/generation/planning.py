"""Which attempts serve which items: at most one live attempt an item, as few calls as the model allows."""

import random
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Max

from gencraft_media.common.clock import from_now
from gencraft_media.common.reading import Reading
from gencraft_media.common.rows import insert_rows
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from providers.models import ProviderAccount

MAX_TRIES = 3
_FIRST_BACKOFF_S = 2.0
_SERVED = Reading(AttemptItem, by=["attempt"], related=["item"], order="position")


def served_items(attempt: GenerationAttempt) -> list[AttemptItem]:
    """The items the attempt serves, in the order of its outputs."""
    return _SERVED.rows(attempt.pk)


def backoff_s(tries: int, retry_after_s: float | None = None) -> float:
    """How long to wait after `tries` attempts: exponential from 2 s with jitter, never less than was asked for."""
    base: float = _FIRST_BACKOFF_S * 2 ** (tries - 1)
    wait = base * (0.75 + random.random() / 2)  # noqa: S311 (spreads load, hides nothing)
    return max(wait, retry_after_s or 0.0)


def plan_attempts(
    job: GenerationJob,
    items: Sequence[GenerationItem],
    *,
    account: ProviderAccount | None,
    recovery: str,
    outputs_per_call: int,
    tries: int = 1,
    delay_s: float = 0.0,
) -> list[GenerationAttempt]:
    """Write attempt rows for `items`, due in `delay_s`. Runs in the transaction that leaves the items without one."""
    project_id = job.project_id
    if project_id is None:
        raise ValueError("a running job has a project")
    first = 1
    if tries > 1:
        first += job.attempts.aggregate(newest=Max("number"))["newest"] or 0
    groups = [items[start : start + outputs_per_call] for start in range(0, len(items), outputs_per_call)]
    share = job.quoted_provider_cost / job.batch_size
    attempts = [
        GenerationAttempt(
            job=job,
            project_id=project_id,
            account=account,
            number=first + position,
            tries=tries,
            provider=job.provider,
            model=job.model,
            operation=job.operation,
            recovery=recovery,
            priority=job.priority,
            next_step_at=from_now(delay_s),
            quoted_cost=Decimal(len(group)) * share,
        )
        for position, group in enumerate(groups)
    ]
    insert_rows(attempts)
    insert_rows(
        [
            AttemptItem(attempt=attempt, item=item, position=position)
            for attempt, group in zip(attempts, groups, strict=True)
            for position, item in enumerate(group)
        ]
    )
    return attempts
