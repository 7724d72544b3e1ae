"""One question to a hook: in a thread for a function, over the guarded way out for an address. Two seconds in all."""

import contextvars
import json
import threading
import time
import uuid
from typing import Any

import requests
from django.db import connections
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from gencraft_media.common.egress import (
    AnswerTooLarge,
    DeadlinePassed,
    EgressRefused,
    bounded_chunks,
    configured_policy,
    guarded_session,
    time_limit,
)
from gencraft_media.common.errors import MalformedRequest
from gencraft_media.common.logs import logger
from gencraft_media.common.parsing import document_in
from gencraft_media.generation.hooks.targets import Hook, function_at, is_secret
from gencraft_media.webhooks.signatures import signature_header

log = logger(__name__)
TIMEOUT_S = 2.0
ANSWER_BYTES = 64 * 1024
USER_AGENT = "GenCraft-Hooks/1.0"
# Functions that never come back keep a thread each: more than these are not begun.
_UNDER_WAY = threading.BoundedSemaphore(16)


class HookFailed(Exception):
    """The hook gave no answer; `outcome` says why, `waited` whether it may have cost time or a connection."""

    def __init__(self, outcome: str, reason: str = "", *, waited: bool = True) -> None:
        super().__init__(reason or outcome)
        self.outcome, self.waited = outcome, waited


def answer_of(hook: Hook, document: dict[str, Any]) -> Any:
    """What the hook says to the question, unread. Raises `HookFailed`."""
    return _posted(hook, document) if hook.is_address else _called(hook, document)


class _Call:
    """One call of a function, in a thread of its own which nobody has to wait for."""

    def __init__(self, hook: Hook, document: dict[str, Any]) -> None:
        self._hook, self._document = hook, document
        self._ended = threading.Event()
        self._said: list[Any] = []
        self._error: Exception | None = None

    def answer(self) -> Any:
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._run,), name=f"hook-{self._hook.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # No thread is to be had; nothing that ran gives the place back.
            _UNDER_WAY.release()
            raise HookFailed("overloaded", str(error)) from error
        if not self._ended.wait(TIMEOUT_S):
            raise HookFailed("timed_out")
        if self._error is not None:
            raise HookFailed("failed", f"{type(self._error).__name__}: {self._error}") from self._error
        return self._said[0]

    def _run(self) -> None:
        try:
            # Only what JSON can say, as from an address: the two kinds of hooks are asked and read alike.
            said = function_at(self._hook.target)(json.loads(json.dumps(self._document)))
            self._said.append(said)
        except Exception as error:
            # Of the operator's own code, whatever it is: the built-in result holds.
            log.warning("hook failed", hook=self._hook.name, exc_info=True)
            self._error = error
        finally:
            connections.close_all()
            _UNDER_WAY.release()
            self._ended.set()


def _called(hook: Hook, document: dict[str, Any]) -> Any:
    if not _UNDER_WAY.acquire(blocking=False):
        raise HookFailed("overloaded")
    said = _Call(hook, document).answer()
    try:
        body = json.dumps(said, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise HookFailed("wrong_answer", str(error), waited=False) from error
    return _read(body)


def _posted(hook: Hook, document: dict[str, Any]) -> Any:
    if not is_secret(hook.secret):
        raise HookFailed("misconfigured", "there is no secret to sign with", waited=False)
    body = json.dumps(document, ensure_ascii=False).encode()
    try:
        with (
            time_limit(TIMEOUT_S),
            guarded_session(configured_policy()) as session,
            session.post(
                hook.target, data=body, headers=_headers(hook, body), timeout=TIMEOUT_S, stream=True
            ) as response,
        ):
            if response.status_code != requests.codes.ok:
                raise HookFailed(f"status_{response.status_code}")
            answered = b"".join(bounded_chunks(response, ANSWER_BYTES))
    except (EgressRefused, AnswerTooLarge, DeadlinePassed, RequestException, HTTPError, OSError, ValueError) as trouble:
        word = _word_for(trouble)
        raise HookFailed(word, type(trouble).__name__, waited=word != "wrong_answer") from trouble
    return _read(answered)


def _headers(hook: Hook, body: bytes) -> dict[str, str]:
    message_id, timestamp_s = f"hook_{uuid.uuid4().hex}", int(time.time())
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature_header([hook.secret], message_id=message_id, timestamp_s=timestamp_s, body=body),
    }


def _read(body: bytes) -> Any:
    if len(body) > ANSWER_BYTES:
        raise HookFailed("wrong_answer", "the answer is too large", waited=False)
    try:
        return document_in(body)
    except MalformedRequest as error:
        raise HookFailed("wrong_answer", error.message, waited=False) from error


def _word_for(trouble: Exception) -> str:
    if isinstance(trouble, EgressRefused):
        return "address_refused"
    if isinstance(trouble, AnswerTooLarge):
        return "wrong_answer"
    if isinstance(trouble, requests.Timeout | TimeoutError):
        return "timed_out"
    if isinstance(trouble, requests.exceptions.SSLError):
        return "tls_failed"
    return "unreachable" if isinstance(trouble, requests.ConnectionError) else "broken_answer"
