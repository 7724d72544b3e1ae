"""Payloads of servers with OpenAI's image interface, as LocalAI, vLLM-Omni and SGLang write them (read 2026-11-22)."""

import base64
from typing import Any

from providers.types import GenerationRequest
from tests.providers.custom_rows import WIRINGS

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="house-model",
    prompt="a lighthouse at dawn",
    count=2,
    width=1024,
    height=768,
    seed=7,
    wiring=WIRINGS["openai-compatible"],
)

FINISHED = {
    "created": 1795376400,
    "data": [
        {"b64_json": base64.b64encode(b"first").decode()},
        {"url": "/generated-images/2.png", "b64_json": ""},
    ],
}
CODES = {
    "content_policy_violation": "Moderated",
    "moderation_blocked": "Moderated",
    "insufficient_quota": "Misconfigured",
    "invalid_api_key": "Misconfigured",
    "model_not_found": "Misconfigured",
    "rate_limit_exceeded": "Busy",
}


def error_body(code: str | None, text: str) -> dict[str, Any]:
    """An error answer."""
    return {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": code}}
