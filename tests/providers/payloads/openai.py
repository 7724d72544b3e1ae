"""Payloads of OpenAI, as its Images API writes them (reference and OpenAPI document of 2026-08-21)."""

import base64
from typing import Any

from providers.types import GenerationRequest

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="gpt-image-2.5-sunburst",
    prompt="a lighthouse at dawn",
    count=2,
    width=1536,
    height=1024,
    quality="high",
)

USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
    "output_tokens": 2744,
    "output_tokens_details": {"image_tokens": 2744, "text_tokens": 0},
    "total_tokens": 2794,
}
FINISHED = {
    "created": 1795376400,
    "background": "opaque",
    "output_format": "png",
    "quality": "high",
    "size": "1536x1024",
    "data": [{"b64_json": base64.b64encode(content).decode()} for content in (b"first", b"second")],
    "usage": USAGE,
}
CODES = {
    "moderation_blocked": "Moderated",
    "content_policy_violation": "Moderated",
    "insufficient_quota": "Misconfigured",
    "billing_hard_limit_reached": "Misconfigured",
    "invalid_api_key": "Misconfigured",
    "model_not_found": "Misconfigured",
    "rate_limit_exceeded": "Busy",
}


def error_body(code: str | None, text: str) -> dict[str, Any]:
    """An error answer."""
    return {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": code}}
