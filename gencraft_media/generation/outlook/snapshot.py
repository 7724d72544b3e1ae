"""What is under way and what waits, in two statements; remembered for about a second in each process."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from gencraft_media.common.remembered import remembered_longer
from gencraft_media.generation.attempt_rows import attempt_rows, span, uuid_in
from gencraft_media.generation.states import AttemptState

# More than these are not looked at one by one: whoever comes after them waits longer than anybody can tell.
_MOST = 5_000
_RECENT_S = 60.0
_AGE = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM {{now}} - {column}) AS double precision)",
    "sqlite": "(julianday({{now}}) - julianday({column})) * 86400.0",
}
_OUTPUTS = "(SELECT COUNT(*) FROM media_generation_attempt_items AS served WHERE served.attempt_id = attempt.id)"
_LIVE = """
    SELECT job_id, project_id, account_id, provider, model, operation, state,
        hinted_at > {{later}} OR lease_until > {{now}}, {due}, {sent}, {landed}, {outputs}
    FROM media_generation_attempts AS attempt
    WHERE state IN ('planned', 'submitting', 'unknown', 'accepted', 'landed')
    ORDER BY state = 'planned', priority DESC, next_step_at LIMIT {most}
"""
# By account, because that is how the index goes.
_DONE = """
    SELECT account_id, provider, model, operation, {planned}, {sent}, {landed}, {finished}, {outputs}
    FROM media_generation_attempts AS attempt
    WHERE account_id IN (SELECT id FROM provider_accounts) AND submitted_at > {{later}} AND landed_at IS NOT NULL
    ORDER BY submitted_at DESC LIMIT 200
"""


class Served(NamedTuple):
    """Who serves an attempt."""

    provider: str
    model: str
    operation: str
    account_id: uuid.UUID | None


@dataclass(frozen=True)
class LiveAttempt:
    """An attempt that has not ended. Seconds: until its next step, since it was sent, since its outputs came."""

    job_id: uuid.UUID
    project_id: uuid.UUID
    served: Served
    state: str
    in_hand: bool
    due_in_s: float
    sent_s: float
    landed_s: float
    outputs: int

    @property
    def is_unsent(self) -> bool:
        return self.state == AttemptState.PLANNED

    @property
    def is_at_provider(self) -> bool:
        return not self.is_unsent and not self.has_landed

    @property
    def has_landed(self) -> bool:
        return self.state == AttemptState.LANDED


class DoneAttempt(NamedTuple):
    """One of the last minute. Seconds since it was planned, sent, landed, and finished (None: not yet)."""

    served: Served
    planned_s: float
    sent_s: float
    landed_s: float
    finished_s: float | None
    outputs: int


@dataclass
class Snapshot:
    """The queue at one moment of this process's monotonic clock."""

    live: Sequence[LiveAttempt]
    done: Sequence[DoneAttempt]
    taken_at_s: float = field(default_factory=time.monotonic)

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.taken_at_s


@remembered_longer(1)
def present_queue() -> Snapshot:
    """The queue as it was within the last second."""
    age = _AGE[connection.vendor]
    columns = {
        "due": age.format(column="next_step_at"),
        "planned": age.format(column="created_at"),
        "sent": age.format(column="submitted_at"),
        "landed": age.format(column="landed_at"),
        "finished": age.format(column="finished_at"),
        "outputs": _OUTPUTS,
        "most": _MOST,
    }
    live = attempt_rows(_LIVE.format(**columns), [span(-settings.HINT_PATIENCE_S)])
    done = attempt_rows(_DONE.format(**columns), [span(-_RECENT_S)])
    return Snapshot([_live(*row) for row in live], [_done(*row) for row in done])


def _live(
    job: Any, project: Any, account: Any, provider: str, model: str, operation: str, state: str,
    in_hand: Any, overdue_s: float, sent_s: float | None, landed_s: float | None, outputs: int,
) -> LiveAttempt:  # fmt: skip
    return LiveAttempt(
        job_id=uuid_in(job),
        project_id=uuid_in(project),
        served=Served(provider, model, operation, account and uuid_in(account)),
        state=state,
        in_hand=bool(in_hand),
        due_in_s=max(-overdue_s, 0.0),
        sent_s=sent_s or 0.0,
        landed_s=landed_s or 0.0,
        outputs=max(outputs, 1),
    )


def _done(account: Any, provider: str, model: str, operation: str, *told: Any) -> DoneAttempt:
    planned_s, sent_s, landed_s, finished_s, outputs = told
    served = Served(provider, model, operation, uuid_in(account))
    return DoneAttempt(served, planned_s, sent_s, landed_s, finished_s, max(outputs, 1))
