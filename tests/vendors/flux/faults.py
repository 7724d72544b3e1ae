"""The faults of the loopback Black Forest Labs by the name that a prompt or a script chooses them with.

At the paid request:
  bad-key 403 · no-credit 402 · model-removed 404 · invalid 422 with `detail` as a list · malformed 400 ·
  rate-limited 429 with Retry-After · rate-limited-silently 429 without · server-error 500 · overloaded 503 ·
  dropped (takes the job, drops the line) · cut (takes the job, half the answer) · broken-contract (no id) ·
  late-answer (takes the job, says so late)
In its answer:
  foreign-address (`polling_url` names another company's host; the job is on the main host) ·
  wrong-cluster (the same, and the job is elsewhere) · no-cost
At the polls:
  moderated · moderated-output · failed · not-found · stuck · slow ·
  strange-words (stages that nobody documented, then ready) ·
  poll-error 500, poll-overloaded 503, poll-limited 429 and poll-cut for the first two polls ·
  no-sample (ready without an address)
At the picture:
  lost-output 404 · refused-output 403 · expired (its address is dead at once) · truncated (half a file) ·
  cut-output (half an answer, twice) · not-an-image · wrong-size
At the webhook, for jobs that name one: those of `webhooks.py`
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.vendors.flux.webhooks import FAULTS as WEBHOOK_FAULTS
from tests.vendors.serving import Reply, json_reply

_MISFIT = {"loc": ["body", "width"], "msg": "Input should be a multiple of 32", "type": "multiple_of", "input": 1000}
NOT_AUTHENTICATED = {"detail": "Not authenticated - Invalid Authentication"}
NOT_FOUND = {"detail": "Not Found"}

_REFUSALS: dict[str, tuple[int, Any, Mapping[str, str]]] = {
    "bad-key": (403, NOT_AUTHENTICATED, {}),
    "no-credit": (402, {"detail": "Insufficient credits. Please add credits to your account."}, {}),
    "model-removed": (404, NOT_FOUND, {}),
    "invalid": (422, {"detail": [_MISFIT]}, {}),
    "malformed": (400, {"detail": "There was an error parsing the body"}, {}),
    "rate-limited": (429, {"detail": "Too many active tasks"}, {"Retry-After": "1"}),
    "rate-limited-silently": (429, {"detail": "Too many active tasks"}, {}),
    "server-error": (500, {"detail": "Internal Server Error"}, {}),
    "overloaded": (503, {"detail": "Service Unavailable"}, {}),
}
_TROUBLED_POLLS = {"poll-error": 500, "poll-overloaded": 503, "poll-limited": 429}
_LOST_PICTURES = {"lost-output": 404, "refused-output": 403}
# Each is told once, in this order.
STRANGE_WORDS = ("Queued", "Reasoning", "Generating", "Failed")
TROUBLED_TIMES = 2
ENDS = {"moderated": "Request Moderated", "moderated-output": "Content Moderated", "failed": "Error"}
DETAILS = {
    "moderated": {"Moderation Reasons": ["Derivative Works Filter"]},
    "moderated-output": {"Moderation Reasons": ["Content Filter"]},
}
FAULTS = (
    *(*_REFUSALS, *_TROUBLED_POLLS, *_LOST_PICTURES, *ENDS),
    *("dropped", "cut", "broken-contract", "late-answer", "foreign-address", "wrong-cluster", "no-cost", "not-found"),
    *("stuck", "slow", "strange-words", "poll-cut", "no-sample", "expired", "truncated", "cut-output"),
    *("not-an-image", "wrong-size", *WEBHOOK_FAULTS),
)
_STORAGE_ERROR = b'<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code></Error>'


def refusal(fault: str) -> Reply | None:
    """The answer to a paid request that is not taken."""
    if fault not in _REFUSALS:
        return None
    status, document, headers = _REFUSALS[fault]
    return json_reply(document, status, headers)


def misfit_reply(misfits: list[str]) -> Reply:
    """422 as FastAPI writes it, from the words of our own schema: "schema: path: message"."""
    detail = []
    for misfit in misfits:
        _, path, message = misfit.split(": ", 2)
        detail.append({"loc": ["body", *path.split(".")], "msg": message, "type": "value_error"})
    return json_reply({"detail": detail}, 422)


def poll_trouble(fault: str, polls: int) -> Reply | None:
    """The answer to one of the first polls that tells nothing about the job."""
    if polls > TROUBLED_TIMES:
        return None
    if fault == "poll-cut":
        return Reply(200, json.dumps({"id": "x", "status": "Pending"}).encode(), broken="cut")
    status = _TROUBLED_POLLS.get(fault)
    return json_reply({"detail": "Please try again"}, status) if status else None


def picture_reply(fault: str, drawn: bytes, mime_type: str, *, fetches: int) -> Reply:
    """The answer of the storage host, to the first fetch or a later one."""
    if fault in _LOST_PICTURES:
        return Reply(_LOST_PICTURES[fault], _STORAGE_ERROR, {"Content-Type": "application/xml"})
    if fault == "not-an-image":
        return Reply(200, b"<!doctype html><title>Maintenance</title>", {"Content-Type": "text/html"})
    body = drawn[: len(drawn) // 2] if fault == "truncated" else drawn
    is_cut = fault == "cut-output" and fetches <= TROUBLED_TIMES
    return Reply(200, body, {"Content-Type": mime_type}, broken="cut" if is_cut else "")


def expired_reply() -> Reply:
    """What a signed address answers after its time."""
    return Reply(403, _STORAGE_ERROR, {"Content-Type": "application/xml"})
