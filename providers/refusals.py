"""From a status and a vendor's code to one of our errors: the same rule for every provider."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Misconfigured,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.types import HttpAnswer

if TYPE_CHECKING:
    from providers.base import ProviderAdapter

# A provider that asks for more than this is treated as one that asks for this; the deadline of the job decides.
LONGEST_WAIT_S = 3600.0
# What 403 means differs: a key, a permission, an organisation. Adapters of vendors that are clear about it say so.
_REFUSED_ACCOUNT: dict[int, type[ProviderError]] = {401: KeyRefused, 402: OutOfMoney, 403: Misconfigured}
# Vendors give these after work has begun, too: a paid request must not be taken for unaccepted.
_AMBIGUOUS = {408, 409}


def refusal_in(adapter: "ProviderAdapter", answer: HttpAnswer, *, paid: bool) -> ProviderError | None:
    """The error `answer` stands for, None for a success. Raises `OutcomeUnknown` for a paid request in doubt."""
    if 200 <= answer.status < 300:
        return None
    code, text = adapter.vendor_error(answer)
    kind = adapter.ERRORS.get(code) or adapter.ERRORS.get(answer.status) or _by_status(answer.status, paid=paid)
    wait_s = _wait_for(adapter, kind, answer)
    error = kind(vendor_code=code or str(answer.status), vendor_text=text, retry_after_s=wait_s)
    if isinstance(error, OutcomeUnknown):
        raise error
    return error


def _by_status(status: int, *, paid: bool) -> type[ProviderError]:
    if status == 429:
        return Busy
    if status >= 500 or status in _AMBIGUOUS:
        return OutcomeUnknown if paid else Unreachable
    if status in _REFUSED_ACCOUNT:
        return _REFUSED_ACCOUNT[status]
    if status == 404:
        return Misconfigured if paid else OutputLost
    return Rejected if status >= 400 else BrokenContract


def _wait_for(adapter: "ProviderAdapter", kind: type[ProviderError], answer: HttpAnswer) -> float | None:
    if not issubclass(kind, (Busy, Unreachable)):
        return None
    told = retry_after_s(answer.headers)
    return adapter.lockout_s if told is None and issubclass(kind, Busy) else told


def retry_after_s(headers: Mapping[str, str], *, longest_s: float = LONGEST_WAIT_S) -> float | None:
    """How long whoever answered asks to wait, by seconds, milliseconds or date; None for nothing or nonsense."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    value = headers.get("retry-after", "")
    seconds = _number(value) if milliseconds is None else milliseconds / 1000
    asked_s = _until(value) if seconds is None else seconds
    return None if asked_s is None else min(max(asked_s, 0.0), longest_s)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
