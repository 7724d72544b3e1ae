"""What a provider's callback does: it names a job, nothing more. The job itself is always read from the provider."""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now

from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.rows import Plus
from gencraft_media.generation.endings import move_attempt
from gencraft_media.generation.journal import locked_job, notify_dispatcher
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret
from providers.registry import ADAPTERS
from providers.types import Callback


def receive_callback(provider: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take a callback in; repeated, late or early ones have one effect. Raises `ObjectNotFound` for a false one."""
    kind = ADAPTERS.get(provider)
    callback = kind(model="").verify_callback(headers, body, callback_secret(provider)) if kind else None
    attempt = _find_attempt(provider, callback) if callback else None
    if callback is None or attempt is None:
        raise ObjectNotFound
    with transaction.atomic():
        locked_job(attempt.job_id)
        attempt.refresh_from_db(fields=["state", "provider_job_id"])
        _note(attempt, callback.provider_job_id)
        crashpoint("callback.before_commit")
    crashpoint("callback.committed")


def _find_attempt(provider: str, callback: Callback) -> GenerationAttempt | None:
    attempts = GenerationAttempt.objects.filter(provider=provider)
    try:
        return attempts.filter(pk=uuid.UUID(callback.reference)).first()
    except ValueError:
        known = (
            attempts.filter(provider_job_id=callback.provider_job_id) if callback.provider_job_id else attempts.none()
        )
        return known.first()


def _note(attempt: GenerationAttempt, provider_job_id: str) -> None:
    if attempt.state == AttemptState.UNKNOWN and provider_job_id:
        # The raised fence stops a worker that is just looking for the job by other means.
        move_attempt(
            attempt,
            AttemptState.ACCEPTED,
            fenced=False,
            fence=Plus(1),
            provider_job_id=provider_job_id,
            accepted_at=Now(),
        )
    elif attempt.state == AttemptState.SUBMITTING and not attempt.provider_job_id:
        # The answer to the submission may still come; if it is lost, this id is how the job is found.
        GenerationAttempt.objects.filter(pk=attempt.pk).update(provider_job_id=provider_job_id)
    elif attempt.state == AttemptState.ACCEPTED:
        GenerationAttempt.objects.filter(pk=attempt.pk).update(next_step_at=Now())
        notify_dispatcher()
