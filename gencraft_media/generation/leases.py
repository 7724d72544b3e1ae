"""Who may touch an attempt: a lease in the database's time, and a fence that stops whoever lost it."""

import os
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, DateTimeField, Q
from django.db.models.functions import Now

from gencraft_media.common.clock import from_now
from gencraft_media.common.logs import logger
from gencraft_media.common.reading import Asked, Reading
from gencraft_media.common.rows import Plus, update_row
from gencraft_media.generation.models import GenerationAttempt
from providers.selectors import find_account

log = logger(__name__)

OWNER = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
_CLAIMED = Reading(
    GenerationAttempt,
    by=["id"],
    related=["job"],
    asked={
        "claimed_at": Asked("{now}", DateTimeField()),
        "is_past_deadline": Asked("job.deadline_at < {now}", BooleanField()),
    },
)
LEASE_FREE = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())


def claim(attempt_id: uuid.UUID | str, states: frozenset[str]) -> GenerationAttempt | None:
    """Take the attempt for this process, or None when somebody has it or it needs no step of this kind any more."""
    claimed = update_row(
        GenerationAttempt,
        attempt_id,
        {
            "lease_owner": OWNER,
            "lease_until": from_now(settings.LEASE_S),
            "fence": Plus(1),
            "claims": Plus(1),
            "hinted_at": None,
        },
        within=("state", sorted(states)),
        also="(lease_until IS NULL OR lease_until < {now})",
    )
    if not claimed:
        return None
    attempt = _CLAIMED.find(attempt_id)
    if attempt is None:
        return None
    attempt.claimed_monotonic_s = time.monotonic()
    attempt.account = find_account(attempt.account_id) if attempt.account_id else None
    return attempt


def fence_of(attempt: GenerationAttempt) -> dict[str, object]:
    """The guard of every write by a lease holder: a stale fence writes nothing."""
    return {"fence": attempt.fence, "lease_owner": OWNER}


def release(attempt: GenerationAttempt, *, due_in_s: float) -> None:
    """Give the attempt back in the state it is in, its next step due in `due_in_s` seconds."""
    changes = {"lease_owner": "", "lease_until": None, "claims": 0, "next_step_at": from_now(due_in_s)}
    update_row(GenerationAttempt, attempt.pk, changes, where=fence_of(attempt))


class LeaseKeeper:
    """Renews every lease of this process with one UPDATE, from one thread that lives while there are leases."""

    def __init__(self) -> None:
        # Counted: a step that lost its lease may still be running when its successor in this process begins.
        self._held: Counter[uuid.UUID] = Counter()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    @contextmanager
    def keeping(self, attempt: GenerationAttempt) -> Iterator[None]:
        """Renew the attempt's lease for as long as the block runs."""
        with self._lock:
            self._held[attempt.pk] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew_until_idle, name="leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._held -= Counter([attempt.pk])

    def _renew_until_idle(self) -> None:
        while True:
            self._wake.wait(settings.LEASE_RENEWAL_S)
            with self._lock:
                held = list(self._held)
                if not held:
                    self._thread = None
                    return
            try:
                self._renew(held)
            except Exception:
                log.warning("lease renewal failed", exc_info=True)

    def _renew(self, held: list[uuid.UUID]) -> None:
        try:
            GenerationAttempt.objects.filter(pk__in=held, lease_owner=OWNER).update(
                lease_until=from_now(settings.LEASE_S)
            )
        finally:
            connection.close()


keeper = LeaseKeeper()
