"""The faults of the loopback Stability, by the name a prompt's mark or a test gives them."""

import uuid
from dataclasses import replace

from tests.vendors.serving import Reply, json_reply

# Fault -> status, the vendor's name of it, its text. Both interfaces answer these, each in its own document.
REFUSALS = {
    "bad-key": (401, "unauthorized", "the key is missing or not valid"),
    "no-credit": (402, "payment_required", "not enough credits; buy more to continue"),
    "moderated": (403, "content_moderation", "the request was flagged by the content moderation system"),
    "forbidden": (403, "permission_denied", "this account may not do that"),
    "unknown-model": (404, "not_found", "there is no such service"),
    "too-large": (413, "payload_too_large", "the request is larger than 10 MiB"),
    "language": (422, "invalid_language", "prompt: English is the only language supported"),
    "public-figure": (422, "public_figure", "prompt: names a public figure"),
    # Without Retry-After, and every request after it is refused until the lock-out ends.
    "rate-limited": (429, "rate_limit_exceeded", "more than 150 requests in 10 seconds"),
    # With Retry-After, and no lock-out.
    "rate-limited-briefly": (429, "rate_limit_exceeded", "too many requests"),
    "server-error": (500, "internal_error", "an unexpected server error occurred"),
}
# What v1 calls otherwise.
ENGINE_REFUSALS = {
    "moderated": (400, "invalid_prompts", "a prompt contains filtered words"),
    "server-error": (500, "server_error", "an unexpected server error occurred"),
}
# Status 200, and yet no success; v1 says it of each artifact, here of the last one.
FINISH_REASONS = {"moderated-output": "CONTENT_FILTERED", "failed": "ERROR", "strange-word": "PONDERED"}
# Half a picture, none, a page instead of an answer; late; the line dropped before or within the answer.
SPOILT = ("truncated", "empty", "page", "slow", "hang-up", "cut")
FAULTS = (*REFUSALS, *FINISH_REASONS, *SPOILT)

# Of a job in work. Every question after its result is answered so:
RESULT_REFUSALS = {
    "result-moderated": (403, "content_moderation", "the result was flagged by the content moderation system"),
    "result-failed": (400, "bad_request", "the generation failed"),
    "result-expired": (404, "not_found", "there is no such generation, or it has expired"),
}
# The first two questions are answered so, the later ones as if nothing had been.
RESULT_TROUBLES = {
    "result-error": (500, "internal_error", "an unexpected server error occurred"),
    "result-limited": (429, "rate_limit_exceeded", "too many requests"),
}
TROUBLES = 2
# Never ready; a word for "in work" that nobody documented; the line dropped in two answers; accepted without an id.
RESULT_SPOILT = ("result-stuck", "result-strange-word", "result-cut", "no-id")
RESULT_FAULTS = (*RESULT_REFUSALS, *RESULT_TROUBLES, *RESULT_SPOILT)


def refusal(fault: str, *, engine: bool) -> Reply:
    """The error answer of a fault."""
    known = {**REFUSALS, **RESULT_REFUSALS, **RESULT_TROUBLES, **(ENGINE_REFUSALS if engine else {})}
    status, name, text = known[fault]
    reply = error_reply(status, name, [text], engine=engine)
    brief = fault in ("rate-limited-briefly", "result-limited")
    return replace(reply, headers={**reply.headers, "Retry-After": "1"}) if brief else reply


def error_reply(status: int, name: str, texts: list[str], *, engine: bool) -> Reply:
    """v2beta lists its errors, v1 says one message."""
    told: dict[str, str | list[str]] = {"message": "; ".join(texts)} if engine else {"errors": texts}
    return json_reply({"id": uuid.uuid4().hex, "name": name, **told}, status)
