"""How the engine does at this moment: read from the rows themselves, by indexes that hold few of them."""

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone

from gencraft_media.analytics.periods import Period
from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import AuditRun, Circuit, CircuitState, GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, AttemptState, JobStatus
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from providers.models import ProviderModel
from providers.selectors import ending_models

# As the auditor has it: due for so long, and nobody works on it.
_STUCK_S = 120
_LIVE_STATES = sorted(set(AttemptState.values) - TERMINAL[AttemptState])
_RUNNING = sorted(set(JobStatus.values) - TERMINAL[JobStatus])
_AHEAD_DAYS = 90


@dataclass(frozen=True)
class JobsNow:
    """Jobs that have not ended; those stuck are among them."""

    queued: int
    running: int
    stuck: int


@dataclass(frozen=True)
class WebhookState:
    """Deliveries given up in a period, those that wait now, and endpoints in trouble or switched off for it."""

    failed: int
    pending: int
    failing_endpoints: int
    disabled_endpoints: int


def jobs_now(project_id: uuid.UUID | None = None) -> JobsNow:
    """How many jobs wait, run and are stuck."""
    of_project = {} if project_id is None else {"project_id": project_id}
    rows = GenerationJob.objects.filter(status__in=_RUNNING, **of_project).order_by()
    counts = {row["status"]: row["jobs"] for row in rows.values("status").annotate(jobs=Count("pk"))}
    late = GenerationAttempt.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=from_now(-_STUCK_S)),
        state__in=_LIVE_STATES,
        next_step_at__lt=from_now(-_STUCK_S),
        **of_project,
    )
    stuck: int = late.aggregate(jobs=Count("job_id", distinct=True))["jobs"]
    return JobsNow(counts.get(JobStatus.QUEUED, 0), counts.get(JobStatus.PROCESSING, 0), stuck)


def circuits_not_closed() -> list[Circuit]:
    """The circuits that keep requests back, longest first."""
    rows = Circuit.objects.exclude(state=CircuitState.CLOSED).select_related("account__provider")
    return list(rows.order_by("opened_at"))


def retirements_ahead(today: date | None = None) -> list[ProviderModel]:
    """Models in use here that end within 90 days, the nearest first."""
    day = today or timezone.now().date()
    rows = [row for row in ending_models() if row.retires_at and 0 <= (row.retires_at - day).days <= _AHEAD_DAYS]
    return sorted(rows, key=lambda row: (row.retires_at or day, row.provider_id, row.name))


def latest_audits() -> list[AuditRun]:
    """The newest run over everything and the newest over the last day, as far as there are any."""
    newest = (AuditRun.objects.filter(everything=everything).order_by("-pk").first() for everything in (True, False))
    return [run for run in newest if run is not None]


def webhook_state(period: Period, project_id: uuid.UUID | None = None) -> WebhookState:
    """How deliveries do."""
    of_project = {} if project_id is None else {"project_id": project_id}
    deliveries = WebhookDelivery.objects.filter(**of_project)
    endpoints = WebhookEndpoint.objects.filter(**of_project)
    return WebhookState(
        failed=deliveries.filter(state=DeliveryState.FAILED, created_at__gte=period.since).count(),
        pending=deliveries.filter(state=DeliveryState.PENDING).count(),
        failing_endpoints=endpoints.filter(enabled=True, failing_since__isnull=False).count(),
        disabled_endpoints=endpoints.filter(enabled=False).exclude(disabled_reason__in=["", "manual"]).count(),
    )
