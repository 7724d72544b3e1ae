"""What goes wrong in these tests: workers die, lose their lease, or come too late."""

from datetime import timedelta
from typing import Any, NoReturn

from django.db.models import F, Model

from assets.models import MediaAsset
from billing.models import LedgerEntry, MediaUsage, ProviderCost
from gencraft_media.common.clock import from_now
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob

_EVERYTHING: tuple[type[Model], ...] = (
    GenerationJob, GenerationItem, GenerationAttempt, AttemptItem, DomainEvent, MediaAsset, MediaUsage, LedgerEntry,
    ProviderCost,
)  # fmt: skip


class WorkerKilled(BaseException):
    """The worker died here; nothing in the engine catches this."""


def die() -> NoReturn:
    """End the worker, as `kill -9` would."""
    raise WorkerKilled


def expire_leases(job: GenerationJob) -> None:
    """As if nobody had renewed the leases of the job's attempts for a while."""
    GenerationAttempt.objects.filter(job=job, lease_until__isnull=False).update(lease_until=from_now(-1))


def take_over(job: GenerationJob) -> None:
    """Another worker found the leases of the job's attempts run out and claimed them."""
    GenerationAttempt.objects.filter(job=job).update(
        fence=F("fence") + 1, lease_owner="another worker", lease_until=from_now(60)
    )


def let_long_pass(job: GenerationJob, column: str) -> None:
    """As if a time of the job's attempts had been hours ago; "" leaves them as they are."""
    if not column:
        return
    rows = GenerationAttempt.objects.filter(job=job).exclude(**{column: None})
    rows.update(**{column: F("created_at") - timedelta(hours=3)})


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row a worker could have written."""
    return {kind.__name__: [dict(row) for row in kind._default_manager.order_by("pk").values()] for kind in _EVERYTHING}
