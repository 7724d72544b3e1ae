"""What a provider's callback does: it names a job, nothing more. The job itself is always read from the provider."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from gencraft_media.common.clock import from_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.rows import Plus, insert_rows
from gencraft_media.generation.endings import move_attempt
from gencraft_media.generation.journal import locked_job, notify_dispatcher
from gencraft_media.generation.models import CallbackEffect, GenerationAttempt, GenerationJob, ProviderCallback
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret
from providers.registry import find_kind
from providers.types import Callback

KEPT_FOR = timedelta(days=30)
# What is worth knowing of where a callback came from; signatures and secrets are not among it.
_KEPT_HEADERS = ("Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp")
_LONGEST_HEADER = 200
# Anything else is no id of a provider's, and not every database could keep it.
_PLAIN_ID = re.compile(r"[!-~]{0,255}")


def receive_callback(
    provider: str, headers: Mapping[str, str], body: bytes, *, attempt_id: uuid.UUID | None = None
) -> None:
    """Keep a callback and do what it asks for, in one transaction. Raises `ObjectNotFound` for a false one.

    `attempt_id`: of the address it came to, where the attempt has one of its own. Repeated, late or early callbacks
    have one effect.
    """
    callback = _verified(provider, headers, body, attempt_id)
    attempt = _find_attempt(provider, callback, attempt_id) if callback else None
    if callback is None or attempt is None:
        raise ObjectNotFound
    row = ProviderCallback(
        provider=provider,
        attempt=attempt,
        digest=hashlib.sha256(attempt.pk.bytes + body).hexdigest(),
        provider_job_id=callback.provider_job_id,
        headers=_worth_keeping(headers),
        body=body,
    )
    with transaction.atomic():
        _lock(attempt)
        if callback.provider_job_id and attempt.provider_job_id not in ("", callback.provider_job_id):
            raise ObjectNotFound
        if not _count_again(row):
            row.effect = _effect_on(attempt, callback.provider_job_id)
            insert_rows([row])
        crashpoint("callback.before_commit")
    crashpoint("callback.committed")


def prune_callbacks() -> int:
    """Delete callbacks older than 30 days; returns how many."""
    return ProviderCallback.objects.filter(created_at__lt=from_now(-KEPT_FOR.total_seconds())).delete()[0]


def _verified(provider: str, headers: Mapping[str, str], body: bytes, attempt_id: uuid.UUID | None) -> Callback | None:
    kind = find_kind(provider)
    if kind is None:
        return None
    secret = callback_secret(provider, str(attempt_id) if attempt_id else "")
    callback = kind(model="").verify_callback(headers, body, secret)
    return callback if callback and _PLAIN_ID.fullmatch(callback.provider_job_id) else None


def _find_attempt(provider: str, callback: Callback, attempt_id: uuid.UUID | None) -> GenerationAttempt | None:
    attempts = GenerationAttempt.objects.filter(provider=provider)
    if attempt_id is not None:
        return attempts.filter(pk=attempt_id).first()
    try:
        return attempts.filter(pk=uuid.UUID(callback.reference)).first()
    except ValueError:
        known = attempts.filter(provider_job_id=callback.provider_job_id)
        return known.first() if callback.provider_job_id else None


def _lock(attempt: GenerationAttempt) -> None:
    try:
        locked_job(attempt.job_id)
        attempt.refresh_from_db(fields=["state", "provider_job_id"])
    except (GenerationJob.DoesNotExist, GenerationAttempt.DoesNotExist) as error:
        raise ObjectNotFound from error


def _count_again(row: ProviderCallback) -> bool:
    """Count a callback that is there already; the job's lock keeps the same one from being written twice."""
    known = ProviderCallback.objects.filter(provider=row.provider, digest=row.digest)
    return bool(known.update(times_received=F("times_received") + 1, last_received_at=Now()))


def _effect_on(attempt: GenerationAttempt, provider_job_id: str) -> CallbackEffect:
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
        return CallbackEffect.FOUND
    if attempt.state == AttemptState.SUBMITTING and provider_job_id:
        # The answer to the submission may still come; if it is lost, this id is how the job is found.
        GenerationAttempt.objects.filter(pk=attempt.pk).update(provider_job_id=provider_job_id)
        return CallbackEffect.NOTED
    if attempt.state == AttemptState.ACCEPTED:
        GenerationAttempt.objects.filter(pk=attempt.pk).update(next_step_at=Now())
        notify_dispatcher()
        return CallbackEffect.READ
    return CallbackEffect.NONE


def _worth_keeping(headers: Mapping[str, str]) -> dict[str, str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    kept = {name: lowered[name.lower()][:_LONGEST_HEADER] for name in _KEPT_HEADERS if name.lower() in lowered}
    return {name: re.sub(r"[^ -~]", "?", value) for name, value in kept.items()}
