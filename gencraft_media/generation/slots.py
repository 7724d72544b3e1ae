"""How many more requests each limited provider account may be sent now, as the dispatcher counts them."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings

from gencraft_media.common.remembered import remembered
from gencraft_media.generation.attempt_rows import attempt_rows, key, marks, span, uuid_in
from gencraft_media.generation.limits import IN_PROVIDER, MINUTE_S
from providers.limits import UNLIMITED
from providers.models import ProviderAccount

_STATES = ", ".join(f"'{state}'" for state in IN_PROVIDER)
# What was hinted at a moment ago will be sent in a moment: the next round must not give its slot away once more.
_AT_WORK = f"""
    SELECT account_id, COUNT(*), COUNT(*) FILTER (WHERE state = 'planned') FROM media_generation_attempts
    WHERE account_id IN ({{accounts}}) AND (
        state IN ({_STATES}) OR (state = 'planned' AND (hinted_at > {{later}} OR lease_until > {{now}}))
    ) GROUP BY account_id
"""  # noqa: S608 (names of states)
_SENT = """
    SELECT account_id, SUM(submissions) FROM media_generation_attempts
    WHERE account_id IN ({accounts}) AND submitted_at > {later} GROUP BY account_id
"""


class Free(NamedTuple):
    """How many more requests an account may have now, and whether it could have one but for its minute."""

    number: int
    has_slot: bool


def free_slots() -> dict[uuid.UUID, Free]:
    """How many more requests each limited account may have: at once, and in this minute."""
    limited = _limited_accounts()
    if not limited:
        return {}
    at_work = _counted(_AT_WORK, list(limited), -settings.HINT_PATIENCE_S)
    by_minute = [account_id for account_id, (_, a_minute) in limited.items() if a_minute != UNLIMITED]
    sent = _counted(_SENT, by_minute, -MINUTE_S) if by_minute else {}
    free = {}
    for account_id, (at_once, a_minute) in limited.items():
        busy, coming = at_work.get(account_id, (0, 0))
        slots = [at_once - busy] if at_once != UNLIMITED else []
        minute = [a_minute - sent.get(account_id, (0,))[0] - coming] if a_minute != UNLIMITED else []
        free[account_id] = Free(min(slots + minute), not slots or slots[0] > 0)
    return free


@remembered
def _limited_accounts() -> dict[uuid.UUID, tuple[int, int]]:
    """Of each account that has such limits the requests at once, and a minute."""
    limited = ProviderAccount.objects.exclude(concurrent_requests=UNLIMITED, requests_per_minute=UNLIMITED)
    facts = limited.values_list("pk", "concurrent_requests", "requests_per_minute")
    return {account_id: (at_once, a_minute) for account_id, at_once, a_minute in facts}


def _counted(sql: str, accounts: Sequence[uuid.UUID], since_s: float) -> dict[uuid.UUID, tuple[int, ...]]:
    statement = sql.replace("{accounts}", marks(accounts))
    found = attempt_rows(statement, [*map(key, accounts), span(since_s)])
    return {uuid_in(account): tuple(int(count or 0) for count in counts) for account, *counts in found}
