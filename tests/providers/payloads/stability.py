"""Payloads of Stability AI, as v2beta and v1 write them (2026-11-22)."""

import base64
from typing import Any

from providers.types import GenerationRequest

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="sd-3.5-large",
    prompt="a lighthouse at dawn",
    negative_prompt="people",
    width=1344,
    height=768,
    seed=7,
    options={"cfgScale": 4.5, "stylePreset": "cinematic", "attempt_number": 1},
)
ENGINE_REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="sd-xl-1.0",
    prompt="a lighthouse at dawn",
    negative_prompt="people",
    count=3,
    width=1152,
    height=896,
    seed=7,
    options={"steps": 30, "cfgScale": 7, "sampler": "K_EULER", "stylePreset": "anime", "attempt_number": 1},
)

FINISHED = {"image": base64.b64encode(b"bytes").decode(), "finish_reason": "SUCCESS", "seed": 7}
FILTERED = {**FINISHED, "finish_reason": "CONTENT_FILTERED"}
ARTIFACTS = {
    "artifacts": [
        {"base64": base64.b64encode(b"first").decode(), "finishReason": "SUCCESS", "seed": 7},
        {"base64": base64.b64encode(b"blurred").decode(), "finishReason": "CONTENT_FILTERED", "seed": 8},
        {"base64": "", "finishReason": "ERROR", "seed": 9},
        {"base64": base64.b64encode(b"fourth").decode(), "finishReason": "SUCCESS", "seed": 10},
    ]
}
JOB_ID = "ab" * 32
ACCEPTED = {"id": JOB_ID}
RUNNING = {"id": JOB_ID, "status": "in-progress"}
UNKNOWN_WORD = {"id": JOB_ID, "status": "pondering"}
# Its picture is under another name than where the answer to the request holds it.
SUCCEEDED = {"result": base64.b64encode(b"bytes").decode(), "finish_reason": "SUCCESS", "seed": 7}
CODES = {
    "content_moderation": "Moderated",
    "invalid_prompts": "Moderated",
    "rate_limit_exceeded": "Busy",
    "bad_request": "Rejected",
    "invalid_samples": "Rejected",
}


def error_body(code: str, text: str) -> dict[str, Any]:
    """An error answer of v2beta."""
    return {"id": "4ec03cd3d25f4ac6b5b1b3c6b1b9c8d7", "name": code, "errors": [text]}


def engine_error_body(code: str, text: str) -> dict[str, Any]:
    """An error answer of v1."""
    return {"id": "296a972f-666a-44a1-a3df-c9c28a1f56c0", "name": code, "message": text}
