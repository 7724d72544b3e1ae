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


def refusal(fault: str, *, engine: bool) -> Reply:
    """The error answer of a fault."""
    status, name, text = {**REFUSALS, **(ENGINE_REFUSALS if engine else {})}[fault]
    reply = error_reply(status, name, [text], engine=engine)
    return replace(reply, headers={**reply.headers, "Retry-After": "1"}) if fault == "rate-limited-briefly" else reply


def error_reply(status: int, name: str, texts: list[str], *, engine: bool) -> Reply:
    """v2beta lists its errors, v1 says one message."""
    told: dict[str, str | list[str]] = {"message": "; ".join(texts)} if engine else {"errors": texts}
    return json_reply({"id": uuid.uuid4().hex, "name": name, **told}, status)
