"""The states of jobs, items and attempts, and the one way each of them changes.

docs/states.md draws the machines; the letters beside the arrows are the letters there.
"""

from typing import Any, TypeVar

from django.db import models

from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.rows import Plus, update_row


class JobStatus(models.TextChoices):
    """What clients see, in the specification's words plus `canceled`."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"  # at least one item delivered
    FAILED = "failed"  # none
    CANCELED = "canceled"  # asked to stop before every item had ended by itself


class ItemStatus(models.TextChoices):
    """One wanted output."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class AttemptState(models.TextChoices):
    """One provider submission."""

    PLANNED = "planned"  # not sent
    SUBMITTING = "submitting"  # the intent is committed; the request may be on its way
    UNKNOWN = "unknown"  # sent, and the answer was lost
    ACCEPTED = "accepted"  # the provider works on it
    LANDED = "landed"  # the original bytes are ours, on write-once keys
    SETTLED = "settled"  # every item has its result
    REJECTED = "rejected"  # known not to have been accepted
    FAILED = "failed"  # accepted, and nothing came of it
    LOST = "lost"  # the outcome stays unknown: a cost is suspected
    CANCELED = "canceled"  # never sent, or stopped by the provider


TRANSITIONS: dict[type[models.TextChoices], dict[str, frozenset[str]]] = {
    JobStatus: {
        JobStatus.QUEUED: frozenset({JobStatus.PROCESSING, JobStatus.FAILED, JobStatus.CANCELED}),  # a b c
        JobStatus.PROCESSING: frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELED}),  # d e f
    },
    ItemStatus: {
        ItemStatus.QUEUED: frozenset({ItemStatus.PROCESSING, ItemStatus.FAILED, ItemStatus.CANCELED}),  # g h i
        ItemStatus.PROCESSING: frozenset(
            {ItemStatus.QUEUED, ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.CANCELED}  # j k l m
        ),
    },
    AttemptState: {
        AttemptState.PLANNED: frozenset(
            {AttemptState.SUBMITTING, AttemptState.REJECTED, AttemptState.CANCELED}  # n o p
        ),
        AttemptState.SUBMITTING: frozenset(
            {
                AttemptState.ACCEPTED,
                AttemptState.LANDED,
                AttemptState.REJECTED,
                AttemptState.FAILED,
                AttemptState.UNKNOWN,
                AttemptState.LOST,
            }  # q r s t u v
        ),
        AttemptState.UNKNOWN: frozenset(
            {AttemptState.SUBMITTING, AttemptState.ACCEPTED, AttemptState.LOST}  # w x y
        ),
        AttemptState.ACCEPTED: frozenset(
            {AttemptState.LANDED, AttemptState.FAILED, AttemptState.CANCELED}  # z A B
        ),
        AttemptState.LANDED: frozenset({AttemptState.SETTLED}),  # C
    },
}

TERMINAL: dict[type[models.TextChoices], frozenset[str]] = {
    kind: frozenset(kind.values) - frozenset(table) for kind, table in TRANSITIONS.items()
}

Row = TypeVar("Row", bound=models.Model)


def sources(kind: type[models.TextChoices], to: str) -> list[str]:
    """The states from which `to` may be reached."""
    return [state for state, targets in TRANSITIONS[kind].items() if to in targets]


def transition(
    row: Row,
    to: str,
    *,
    kind: type[models.TextChoices],
    field: str,
    guard: dict[str, Any] | None = None,
    **changes: Any,
) -> Row:
    """Move `row` to state `to` by one conditional update; plain values in `changes` are set on `row` too.

    `guard` narrows the condition, to a fence for instance. Raises `StaleTransition` when the row is not in a state
    that allows it any more, or the guard does not hold: nothing was written then.
    """
    if not update_row(type(row), row.pk, {field: to, **changes}, where=guard, within=(field, sources(kind, to))):
        raise StaleTransition(f"{row._meta.verbose_name} {row.pk} cannot become {to} now.")
    for name, value in {field: to, **changes}.items():
        if not isinstance(value, Plus) and not hasattr(value, "resolve_expression"):
            setattr(row, name, value)
    return row
