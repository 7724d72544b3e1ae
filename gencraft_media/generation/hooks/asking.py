"""Asking a hook: what it says is read strictly, any trouble is logged, and one that fails is left alone for a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from gencraft_media.common.database import TransactionHeld, release_connection
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.common.sealed import SealBroken
from gencraft_media.generation.hooks.calling import TIMEOUT_S, HookFailed, answer_of
from gencraft_media.generation.hooks.targets import Hook, hook_for

log = logger(__name__)
Read = TypeVar("Read")
# So long a hook is not asked after it failed; one question then tries it, the others go on without.
REST_S = 10.0
ANSWERED, NO_ANSWER = "answered", "no_answer"

_resting: dict[Hook, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Note:
    """Which hook was asked, and what came of it."""

    name: str
    outcome: str

    def as_json(self) -> dict[str, str]:
        """For clients, whom the operator's servers and their troubles do not concern."""
        return {"name": self.name, "outcome": ANSWERED if self.outcome == ANSWERED else NO_ANSWER}


def ask(name: str, document: dict[str, Any], *, read: Callable[[Any], Read]) -> tuple[Read | None, Note | None]:
    """What the hook `name` says, as `read` makes it of the answer, and the note for the receipt.

    (None, None) where no hook is set. None and a note where it gave no answer that holds: the built-in result does.
    `read` raises `GenCraftError` for an answer that is not to be taken. Raises nothing itself.
    """
    try:
        hook = hook_for(name)
    except SealBroken:
        log.error("the secret of a hook cannot be opened", hook=name, exc_info=True)
        return None, Note(name, "misconfigured")
    if hook is None:
        return None, None
    try:
        release_connection()
    except TransactionHeld:
        log.error("hook not asked inside a transaction", hook=name, exc_info=True)
        return None, Note(name, "not_asked")
    if not _may_ask(hook):
        return None, Note(name, "resting")
    began = time.monotonic()
    try:
        answer = read(answer_of(hook, {"hook": name, **document}))
    except HookFailed as error:
        if error.waited:
            _rest(hook, REST_S)
        else:
            _forget(hook)
        return None, _refused(hook, error.outcome, str(error), began)
    except GenCraftError as error:
        _forget(hook)
        reason = "; ".join([error.message, *(f"{entry.field}: {entry.message}" for entry in error.errors)])
        return None, _refused(hook, "wrong_answer", reason, began)
    except RecursionError:
        _forget(hook)
        return None, _refused(hook, "wrong_answer", "the answer is nested too deeply", began)
    _forget(hook)
    return answer, Note(name, ANSWERED)


def forget_rests() -> None:
    """Ask every hook again at once, in this process."""
    with _lock:
        _resting.clear()


def _may_ask(hook: Hook) -> bool:
    with _lock:
        until = _resting.get(hook)
        if until is None:
            return True
        if time.monotonic() < until:
            return False
        # This question is the one that tries it; the others rest until its answer is there.
        _resting[hook] = time.monotonic() + TIMEOUT_S
        return True


def _rest(hook: Hook, seconds: float) -> None:
    with _lock:
        _resting[hook] = time.monotonic() + seconds


def _forget(hook: Hook) -> None:
    with _lock:
        _resting.pop(hook, None)


def _refused(hook: Hook, outcome: str, reason: str, began: float) -> Note:
    duration_ms = round((time.monotonic() - began) * 1000)
    log.warning(
        "hook gave no answer that holds", hook=hook.name, outcome=outcome, reason=reason, duration_ms=duration_ms
    )
    return Note(hook.name, outcome)
