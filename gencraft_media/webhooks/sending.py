"""One request to a receiver, through the guard: 15 seconds in all, no redirects, a kilobyte of the answer."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from gencraft_media.common.database import release_connection
from gencraft_media.common.egress import DeadlinePassed, EgressRefused, clients_policy, guarded_session, time_limit
from gencraft_media.common.logs import logger
from gencraft_media.webhooks.waits import LONGEST_WAIT_S
from providers.redaction import redacted
from providers.refusals import retry_after_s

log = logger(__name__)
KEPT_ANSWER_BYTES = 1024
CONNECT_TIMEOUT_S = 5.0
USER_AGENT = "GenCraft-Webhooks/1.0"
# Keys and secrets of this engine's own, whoever's they are.
_OWN_SECRETS = re.compile(r"\b(mge_live|whsec)_[0-9A-Za-z+/=_]{8,}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\uffff\n\t]")


@dataclass(frozen=True)
class Outcome:
    """What became of one request. `error` is "" for a success; `status` is None where no answer came."""

    error: str
    duration_ms: int
    status: int | None = None
    answer: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Message:
    """One request as it goes out."""

    url: str
    body: bytes
    headers: dict[str, str]
    # What the answer must not be kept with.
    secrets: Sequence[str] = field(default=(), repr=False)


def send(message: Message, *, timeout_s: float) -> Outcome:
    """Send once and say what came of it; raises nothing that a receiver can cause.

    Raises `TransactionHeld` inside a transaction.
    """
    release_connection()
    began = time.monotonic()
    answered: list[requests.Response] = []
    error, answer = "", ""
    try:
        with time_limit(timeout_s), guarded_session(clients_policy()) as session:
            limits = (min(CONNECT_TIMEOUT_S, timeout_s), timeout_s)
            with session.post(
                message.url, data=message.body, headers=message.headers, timeout=limits, stream=True
            ) as response:
                answered.append(response)
                answer = _beginning_of(response)
    except (EgressRefused, DeadlinePassed, RequestException, HTTPError, OSError, ValueError) as trouble:
        error = _error_of(trouble, time.monotonic() - began >= timeout_s)
    except Exception:
        # What a library did not expect of an answer either; unwritten, it would be sent for again and again.
        log.warning("sending failed", exc_info=True)
        error = "broken_answer"
    duration_ms = round((time.monotonic() - began) * 1000)
    if not answered:
        return Outcome(error or "broken_answer", duration_ms)
    status = answered[0].status_code
    headers = {name.lower(): value for name, value in answered[0].headers.items()}
    return Outcome(
        # Whoever answered 200 has it, whatever became of the rest of his answer.
        error=_judged(status),
        duration_ms=duration_ms,
        status=status,
        answer=kept_text(answer, message.secrets),
        retry_after_s=retry_after_s(headers, longest_s=LONGEST_WAIT_S),
    )


def _judged(status: int) -> str:
    if 200 <= status < 300:
        return ""
    return "redirected" if 300 <= status < 400 else f"status_{status}"


def _beginning_of(response: requests.Response) -> str:
    """The first kilobyte, unpacked; "" where it cannot be read: only the status counts."""
    try:
        piece: bytes = next(response.iter_content(KEPT_ANSWER_BYTES), b"")
    except (RequestException, HTTPError, OSError, ValueError):
        return ""
    return piece[:KEPT_ANSWER_BYTES].decode(errors="replace")


def kept_text(text: str, secrets: Sequence[str]) -> str:
    """An answer as the log may keep it: without secrets and control characters, in one kilobyte."""
    text = _OWN_SECRETS.sub("[key]", redacted(text, list(secrets)))
    kept = _UNPRINTABLE.sub("\ufffd", text).encode()[:KEPT_ANSWER_BYTES]
    return kept.decode(errors="ignore")


def _error_of(trouble: Exception, late: bool) -> str:
    if isinstance(trouble, EgressRefused):
        # Where the name led is not told: it would say what names inside mean.
        return "address_refused"
    if late or isinstance(trouble, requests.Timeout | TimeoutError):
        return "timed_out"
    if isinstance(trouble, requests.exceptions.SSLError):
        return "tls_failed"
    if isinstance(trouble, requests.ConnectionError):
        return "unreachable"
    return "broken_answer"
