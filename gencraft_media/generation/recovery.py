"""What becomes of a submission whose answer was lost. It is never simply sent again."""

import contextlib
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.generation import circuits, limits
from gencraft_media.generation.calls import adapter_of, opened_request, transport
from gencraft_media.generation.endings import move_attempt
from gencraft_media.generation.leases import release
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.refusal import lose_attempt
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.submission import call, lose_answer, move_into_call
from providers.base import ProviderAdapter
from providers.errors import ModelUnknown, OutcomeUnknown, ProviderError, ProviderNotConfigured
from providers.types import Recovery

_LOOK_AGAIN_S = 1.0


def suspect(attempt: GenerationAttempt) -> None:
    """A worker died, or lost its lease, while its request was on its way: the outcome is unknown."""
    lose_answer(attempt, OutcomeUnknown())


def recover(attempt: GenerationAttempt) -> None:
    """One step towards knowing, by the means the adapter has; past the grace time the attempt is lost."""
    if attempt.provider_job_id:
        _adopt(attempt, attempt.provider_job_id)
        return
    try:
        adapter = adapter_of(attempt)
    except (ModelUnknown, ProviderNotConfigured):
        # Removed meanwhile, and perhaps put back before the grace time is over.
        _wait_or_lose(attempt)
        return
    match attempt.recovery:
        # An engine that was away for longer than the grace time still asks, once.
        case Recovery.IDEMPOTENT if attempt.submissions < 2 or not _grace_is_over(attempt):
            _ask_again_with_the_same_key(attempt, adapter)
        case Recovery.LISTABLE:
            _look_in_the_list(attempt, adapter)
        case _:
            # A callback may still name the job; it moves the attempt itself.
            _wait_or_lose(attempt)


def _ask_again_with_the_same_key(attempt: GenerationAttempt, adapter: ProviderAdapter) -> None:
    """The provider answers a repeat of the key with the job it already has: no second paid job can come of it."""
    with opened_request(attempt, served_items(attempt)) as wanted:
        request = adapter.build_submit(replace(wanted, submission=2))
        with transaction.atomic():
            wait_s = limits.wait_to_ask_again(attempt)
            if wait_s is None:
                move_into_call(attempt)
        if wait_s is not None:
            release(attempt, due_in_s=wait_s)
            return
        crashpoint("recovery.before_repeat")
        call(attempt, adapter, request, repeated=True)


def _look_in_the_list(attempt: GenerationAttempt, adapter: ProviderAdapter) -> None:
    found = ""
    with opened_request(attempt, served_items(attempt)) as wanted:
        for request in (adapter.build_find(wanted), adapter.build_find_ended(wanted)):
            if request is None or found:
                continue
            release_connection()
            # Reading a list costs nothing: it is read again until the grace time is over.
            with contextlib.suppress(ProviderError):
                found = adapter.parse_found(transport().send(adapter, request, account=attempt.account), wanted)
    if found:
        _adopt(attempt, found)
    else:
        _wait_or_lose(attempt)


def _wait_or_lose(attempt: GenerationAttempt) -> None:
    if _grace_is_over(attempt):
        lose_attempt(attempt)
    else:
        release(attempt, due_in_s=_LOOK_AGAIN_S)


def _adopt(attempt: GenerationAttempt, provider_job_id: str) -> None:
    crashpoint("recovery.found")
    with transaction.atomic():
        move_attempt(attempt, AttemptState.ACCEPTED, provider_job_id=provider_job_id, accepted_at=Now())
    circuits.note_answer(attempt)


def _grace_is_over(attempt: GenerationAttempt) -> bool:
    since = attempt.unknown_since
    return since is not None and attempt.claimed_at - since > timedelta(seconds=settings.UNKNOWN_GRACE_S)
