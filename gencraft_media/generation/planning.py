"""Which attempts serve which items: at most one live attempt an item, as few calls as the model allows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max

from gencraft_media.common.clock import from_now
from gencraft_media.common.reading import Reading
from gencraft_media.common.rows import insert_rows
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from providers.models import ProviderAccount

_FIRST_BACKOFF_S = 2.0
_LONGEST_BACKOFF_S = 60.0
_SERVED = Reading(AttemptItem, by=["attempt"], related=["item"], order="position")


@dataclass(frozen=True)
class Serving:
    """Who makes an item, and on which terms: what a planned attempt is told of its model.

    `quoted_cost`: what the provider is expected to take for one output, in US dollars. `own_params` and `own_share`
    are set where the model is another than the job's first one (`GenerationAttempt`).
    """

    provider: str
    model: str
    operation: str
    account: ProviderAccount | None
    recovery: str
    outputs_per_call: int
    quoted_cost: Decimal
    own_params: dict[str, Any] | None = None
    own_share: Decimal | None = None


def same_serving(attempt: GenerationAttempt, *, outputs: int) -> Serving:
    """The same model on the same terms once more, for `outputs` at a time."""
    count = max(outputs, 1)
    return Serving(
        provider=attempt.provider,
        model=attempt.model,
        operation=attempt.operation,
        account=attempt.account,
        recovery=attempt.recovery,
        outputs_per_call=count,
        quoted_cost=attempt.quoted_cost / count,
        own_params=attempt.own_params,
        own_share=attempt.own_share,
    )


def served_items(attempt: GenerationAttempt) -> list[AttemptItem]:
    """The items the attempt serves, in the order of its outputs."""
    return _SERVED.rows(attempt.pk)


def backoff_s(tries: int, retry_after_s: float | None = None) -> float:
    """How long to wait after `tries` attempts: from 2 s doubling to a minute with jitter, at least as long as asked."""
    base: float = min(_FIRST_BACKOFF_S * 2 ** min(tries - 1, 10), _LONGEST_BACKOFF_S)
    wait = base * (0.75 + random.random() / 2)  # noqa: S311 (spreads load, hides nothing)
    return max(wait, retry_after_s or 0.0)


def plan_attempts(
    job: GenerationJob,
    items: Sequence[GenerationItem],
    *,
    serving: Serving,
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
    size = serving.outputs_per_call
    groups = [items[start : start + size] for start in range(0, len(items), size)]
    attempts = [
        GenerationAttempt(
            job=job,
            project_id=project_id,
            account=serving.account,
            number=first + position,
            tries=tries,
            provider=serving.provider,
            model=serving.model,
            operation=serving.operation,
            own_params=serving.own_params,
            own_share=serving.own_share,
            recovery=serving.recovery,
            priority=job.priority,
            next_step_at=from_now(delay_s),
            quoted_cost=Decimal(len(group)) * serving.quoted_cost,
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
