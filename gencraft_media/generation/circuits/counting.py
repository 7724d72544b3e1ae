"""What the attempts of the last minute say of an account and its models: counted from their rows, at each failure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Coalesce

from gencraft_media.common.clock import from_now
from gencraft_media.generation.circuits.verdicts import ANSWERED_CODES, FAILED_CODES
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState

WINDOW_S = 60.0
# Three without an answer between are an outage; one or two are what any service does now and then.
IN_A_ROW = 3
# Beside the answers of a provider that half works: so many, and such a share of all.
AT_LEAST, SHARE = 5, 0.2
# A whole account is shut by failures of several models only, and later than each of them.
ACCOUNT_IN_A_ROW = 6
# The longest a call takes before it is given up: what was sent earlier cannot fail within the window. An index ends
# the search there.
_LONGEST_CALL_S = 1800.0
_MOST_OUTCOMES = 400
_UNSUCCESSFUL = [AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST]
_FAILED = Q(state=AttemptState.UNKNOWN) | Q(state__in=_UNSUCCESSFUL, error__code__in=FAILED_CODES)
_ANSWERED = Q(landed_at__isnull=False) | Q(state__in=_UNSUCCESSFUL, error__code__in=ANSWERED_CODES)


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended, or how far it has come."""

    model: str
    sent_at: datetime
    has_failed: bool


def latest_outcomes(account_id: uuid.UUID) -> list[Outcome]:
    """The failures and answers of the window, the latest first."""
    rows = (
        GenerationAttempt.objects.filter(
            _FAILED | _ANSWERED, account_id=account_id, submitted_at__gt=from_now(-_LONGEST_CALL_S)
        )
        .annotate(
            ended_at=Coalesce("landed_at", "finished_at", "unknown_since"),
            has_failed=ExpressionWrapper(_FAILED, output_field=BooleanField()),
        )
        .filter(ended_at__gt=from_now(-WINDOW_S))
        .order_by("-ended_at")
        .values_list("model", "submitted_at", "has_failed")
    )
    return [
        Outcome(model, sent_at, bool(has_failed))
        for model, sent_at, has_failed in rows[:_MOST_OUTCOMES]
        if sent_at is not None
    ]


def counted(outcomes: Sequence[Outcome], since: datetime | None, model: str | None = None) -> list[Outcome]:
    """Those of a model, or of all, that were sent after `since`."""
    return [one for one in outcomes if model in (None, one.model) and (since is None or one.sent_at > since)]


def unsent_failures(attempt: GenerationAttempt) -> int:
    """How many requests of the attempt's job failed at its model before they were sent, this one among them."""
    alike = GenerationAttempt.objects.filter(
        job_id=attempt.job_id, account_id=attempt.account_id, model=attempt.model, submissions=0
    )
    return alike.filter(state__in=_UNSUCCESSFUL, error__code__in=FAILED_CODES).count()


def model_fails(outcomes: Sequence[Outcome]) -> bool:
    """Whether so many of a model's outcomes are failures that requests should go elsewhere."""
    failures = sum(one.has_failed for one in outcomes)
    in_a_row = len(outcomes) >= IN_A_ROW and all(one.has_failed for one in outcomes[:IN_A_ROW])
    return in_a_row or (failures >= AT_LEAST and failures >= SHARE * len(outcomes))


def account_fails(outcomes: Sequence[Outcome]) -> bool:
    """Whether no model of an account is answered any more."""
    latest = outcomes[:ACCOUNT_IN_A_ROW]
    return (
        len(latest) == ACCOUNT_IN_A_ROW
        and all(one.has_failed for one in latest)
        and len({one.model for one in latest}) > 1
    )
