"""What the page of one job shows: a few bounded queries, and money only to whoever may see it."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from billing.models import CostCertainty, CreditHold, LedgerEntry, MediaUsage, ProviderCost
from gencraft_media.generation.admin.job_timeline import MOST, error_text, timeline_of
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.webhooks.models import WebhookAttempt, WebhookDelivery
from providers.selectors import full_name

CHANGE_JOB, CHANGE_ATTEMPT = "generation.change_generationjob", "generation.change_generationattempt"
_RETRYABLE = (JobStatus.FAILED, JobStatus.CANCELED)
TONES = {
    "completed": "success",
    "settled": "success",
    "delivered": "success",
    "failed": "danger",
    "lost": "danger",
    "rejected": "warning",
    "canceled": "warning",
    "unknown": "warning",
    "pending": "info",
    "processing": "info",
    "submitting": "info",
    "accepted": "info",
    "landed": "info",
}


def job_context(request: HttpRequest, job: GenerationJob) -> dict[str, Any]:
    """Everything that the job's template names."""
    attempts = list(job.attempts.select_related("account").order_by("number")[:MOST])
    deliveries = _deliveries(request, job)
    posts = list(
        WebhookAttempt.objects.filter(delivery__in=deliveries)
        .select_related("delivery", "delivery__endpoint", "delivery__job_webhook")
        .order_by("id")[:MOST]
    )
    return {
        "job": job,
        "tone": TONES.get(job.status, ""),
        "prompt": job.params.get("prompt", ""),
        # Not "error": Unfold's messages would take it for theirs.
        "job_error": error_text(job.error),
        "took_s": (job.completed_at - job.created_at).total_seconds() if job.completed_at and job.created_at else None,
        "moments": timeline_of(job, attempts, posts),
        "attempts": _attempts(request, attempts),
        "pictures": _pictures(job),
        "receipt": _receipt(job),
        "deliveries": [(delivery, TONES.get(delivery.state, "")) for delivery in deliveries],
        "money": _money(request, job),
        "can_retry": request.user.has_perm(CHANGE_JOB) and job.status in _RETRYABLE,
        "can_cancel": request.user.has_perm(CHANGE_JOB) and job.status not in TERMINAL[JobStatus],
        "can_see_originals": request.user.has_perm(CHANGE_JOB),
    }


def _deliveries(request: HttpRequest, job: GenerationJob) -> list[WebhookDelivery]:
    if not request.user.has_perm("webhooks.view_webhookdelivery"):
        return []
    # By its own index, and the parts of the job among them.
    told = WebhookDelivery.objects.filter(subject_id=job.pk).select_related("endpoint", "job_webhook")
    return list(told.defer("body").order_by("created_at", "pk")[:MOST])


def _attempts(request: HttpRequest, attempts: list[GenerationAttempt]) -> list[dict[str, Any]]:
    costs = {}
    if request.user.has_perm("billing.view_providercost"):
        costs = {cost.attempt_id: cost for cost in ProviderCost.objects.filter(attempt_id__in=[a.pk for a in attempts])}
    unresolved = set(
        ProviderCost.objects.filter(
            attempt_id__in=[attempt.pk for attempt in attempts],
            certainty=CostCertainty.SUSPECTED,
            settled_by__isnull=True,
        ).values_list("attempt_id", flat=True)
    )
    may_resolve = request.user.has_perm(CHANGE_ATTEMPT)
    return [
        {
            "row": attempt,
            "tone": TONES.get(attempt.state, ""),
            "model": full_name(attempt.provider, attempt.model),
            "error": error_text(attempt.error),
            "cost": costs.get(attempt.pk),
            "can_resolve": may_resolve and attempt.pk in unresolved,
        }
        for attempt in attempts
    ]


def _pictures(job: GenerationJob) -> list[dict[str, Any]]:
    """Each wanted output: its asset, or why there is none; and what its attempts landed, which is private."""
    items = list(job.items.select_related("asset").order_by("index"))
    originals: dict[Any, list[AttemptItem]] = {}
    landed = AttemptItem.objects.filter(attempt__job=job).exclude(original_key="").order_by("pk")
    for row in landed[:MOST]:
        originals.setdefault(row.item_id, []).append(row)
    return [_picture(item, originals.get(item.pk, [])) for item in items]


def _picture(item: GenerationItem, originals: list[AttemptItem]) -> dict[str, Any]:
    asset = item.asset
    return {
        "item": item,
        "tone": TONES.get(item.status, ""),
        "asset": asset,
        "address": (asset.thumbnail_url or asset.cdn_url) if asset is not None else "",
        "error": error_text(item.error),
        "originals": originals,
    }


def _receipt(job: GenerationJob) -> dict[str, Any]:
    receipt = job.receipt or {}
    candidates = [
        {**one, "name": full_name(one["provider"], one["model"]), "percent": round(float(one["score"]) * 100)}
        for one in receipt.get("candidates", ())
    ]
    requested = receipt.get("requested", {})
    return {
        "reason": receipt.get("reason", ""),
        "requested": ", ".join(f"{name}: {value}" for name, value in requested.items()),
        "strategy": receipt.get("strategy", job.strategy),
        "candidates": candidates,
        "refused": receipt.get("refused", ()),
        "fallbacks": receipt.get("fallbacks", ()),
        "warnings": receipt.get("warnings", ()),
        "adaptations": job.adaptations or (),
    }


def _money(request: HttpRequest, job: GenerationJob) -> dict[str, Any] | None:
    """None for whoever may not see the ledger."""
    if not request.user.has_perm("billing.view_ledgerentry"):
        return None
    hold = CreditHold.objects.select_related("account", "resolution").filter(job_id=job.pk).first()
    return {
        "hold": hold,
        "resolution": getattr(hold, "resolution", None),
        "entries": LedgerEntry.objects.filter(Q(hold=hold)).order_by("created_at") if hold is not None else (),
        "usage": MediaUsage.objects.filter(job_id=job.pk).order_by("created_at")[:MOST],
    }
