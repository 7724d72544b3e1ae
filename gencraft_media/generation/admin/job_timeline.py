"""A job's story in one list: its own events, what its attempts did, and which webhooks told of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.webhooks.models import WebhookAttempt
from providers.selectors import full_name

# Of each kind; a batch of 50 with all its tries has fewer.
MOST = 400
# What is told of an event, and how it looks. Attempts tell their own story below.
_TOLD = {
    "job.queued": ("Taken in, credits set aside", ""),
    "job.processing": ("Begun", ""),
    "job.progress": ("On its way", ""),
    "job.rerouted": ("Another model steps in", "warning"),
    "job.cancel_requested": ("Asked to stop", "warning"),
    "job.completed": ("Completed", "good"),
    "job.failed": ("Failed", "bad"),
    "job.canceled": ("Canceled", "warning"),
    "item.completed": ("Output delivered", "good"),
    "item.failed": ("Output failed", "bad"),
    "item.canceled": ("Output canceled", "warning"),
    "item.retried": ("Output made again", "warning"),
    "attempt.retry": ("To be tried again", "warning"),
    "attempt.unknown": ("The answer was lost", "warning"),
}


@dataclass(frozen=True)
class Moment:
    """One line: when, what, how it looks (a class of pages.css), and more about it."""

    at: datetime
    title: str
    tone: str = ""
    detail: str = ""
    link: str = ""


def timeline_of(
    job: GenerationJob, attempts: Sequence[GenerationAttempt], posts: Sequence[WebhookAttempt]
) -> list[Moment]:
    """Everything that is known of the job, in the order of time."""
    events = DomainEvent.objects.filter(subject_kind="job", subject_id=job.pk).order_by("number")[:MOST]
    moments = [
        *(_of_event(event) for event in events),
        *(moment for attempt in attempts for moment in _of_attempt(attempt)),
        *(_of_post(post) for post in posts),
    ]
    # Sorting keeps what happened at one time in the order of telling.
    return sorted(moments, key=lambda moment: moment.at)


def error_text(error: Any) -> str:
    """A kept error in one line, "" for none."""
    if not isinstance(error, dict):
        return ""
    return f"{error.get('message', '')} ({error.get('code', '')})"


def _of_event(event: DomainEvent) -> Moment:
    title, tone = _TOLD.get(event.type, (event.type, ""))
    return Moment(event.created_at, title, tone, " · ".join(_details(event.payload)))


def _details(payload: dict[str, Any]) -> Iterator[str]:
    if "index" in payload:
        yield f"output {payload['index'] + 1}"
    if "from" in payload:
        yield f"{payload['from']} → {payload['to']} ({payload['code']})"
    elif "model" in payload:
        yield full_name(payload["provider"], payload["model"])
    if "delivered" in payload:
        yield f"{payload['delivered']} delivered, {payload['creditsCharged']} credits"
    if payload.get("error"):
        yield error_text(payload["error"])
    if "delayS" in payload:
        yield f"in {payload['delayS']} s"
    if payload.get("reason"):
        yield str(payload["reason"])


def _of_attempt(attempt: GenerationAttempt) -> Iterator[Moment]:
    name = f"Attempt {attempt.number}"
    link = reverse("admin:generation_generationattempt_change", args=[attempt.pk])
    model = full_name(attempt.provider, attempt.model)
    account = f"account {attempt.account.label}" if attempt.account else "no account"
    if attempt.submitted_at is not None:
        yield Moment(attempt.submitted_at, f"{name}: sent to {model}", "call", account, link)
    if attempt.accepted_at is not None:
        yield Moment(attempt.accepted_at, f"{name}: taken", "call", attempt.provider_job_id, link)
    if attempt.unknown_since is not None:
        yield Moment(attempt.unknown_since, f"{name}: outcome unknown", "warning", "", link)
    if attempt.landed_at is not None:
        yield Moment(attempt.landed_at, f"{name}: outputs are ours", "call", attempt.provider_job_id, link)
    if attempt.finished_at is not None:
        tone = "bad" if attempt.state in {"failed", "lost", "rejected"} else ""
        yield Moment(attempt.finished_at, f"{name}: {attempt.state}", tone, error_text(attempt.error), link)


def _of_post(post: WebhookAttempt) -> Moment:
    delivery = post.delivery
    said = f"answer {post.status}" if post.status else post.error
    return Moment(
        post.at,
        f"Webhook {delivery.type}, try {post.number}",
        "warning" if post.error else "post",
        f"{delivery.url} · {said} · {post.duration_ms} ms",
        reverse("admin:webhooks_webhookdelivery_change", args=[delivery.pk]),
    )
