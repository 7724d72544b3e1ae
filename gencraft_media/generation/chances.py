"""What is left to the items of an attempt: time, tries on its model, and attempts in all."""

import time
from dataclasses import dataclass

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.fallback_policy import FREE_CODES
from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from gencraft_media.generation.planning import backoff_s

# On one model, and over all models that make an item one after the other.
MAX_TRIES = 3
MAX_ATTEMPTS = 6


@dataclass(frozen=True)
class Chances:
    """What may still be tried, and the pause before the same model is asked again."""

    delay_s: float
    # Whether the pause is over before the job's deadline.
    in_time: bool
    same_model: bool
    another_model: bool


def chances_of(attempt: GenerationAttempt, error: GenCraftError) -> Chances:
    """What is left after `attempt` ends with `error`. Its items have gone the same way so far, so one tells of all.

    A provider that asks for more patience than is left to the job ends it.
    """
    earlier = _earlier(attempt)
    on_model = [code for model, code in earlier if model == (attempt.provider, attempt.model)]
    own = [error.code]
    delay_s = backoff_s(len(on_model) + 1, error.retry_after_s)
    remaining_s = left_s(attempt)
    in_all = _counted([code for _, code in earlier] + own)
    return Chances(
        delay_s=delay_s,
        in_time=delay_s < remaining_s,
        same_model=_counted(on_model + own) < MAX_TRIES and in_all < MAX_ATTEMPTS and delay_s < remaining_s,
        another_model=in_all < MAX_ATTEMPTS and remaining_s > 0,
    )


def _earlier(attempt: GenerationAttempt) -> list[tuple[tuple[str, str], str]]:
    """The model of each attempt before this one, and the code it ended with, "" for none."""
    item_id = AttemptItem.objects.filter(attempt=attempt).order_by("position").values("item")[:1]
    rows = GenerationAttempt.objects.filter(served__item=item_id).exclude(pk=attempt.pk).order_by("number")
    found = rows.values_list("provider", "model", "error")
    return [((provider, model), (error or {}).get("code", "")) for provider, model, error in found]


def _counted(codes: list[str]) -> int:
    return sum(code not in FREE_CODES for code in codes)


def left_s(attempt: GenerationAttempt) -> float:
    """Until the job's deadline, by the database's clock: a call may have taken minutes since the claim."""
    since_claim_s = time.monotonic() - attempt.claimed_monotonic_s
    return (attempt.job.deadline_at - attempt.claimed_at).total_seconds() - since_claim_s
