"""Payloads of resampling, as its wire format writes them (2026-11-22)."""

from pathlib import Path
from typing import Any

from providers.types import GenerationRequest, InputMedia, InputRole

# Whatever it holds: nothing reads it before the image step.
REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="upscale",
    model="resample/lanczos",
    prompt="",
    width=512,
    height=512,
    factor=4,
    inputs=(InputMedia(InputRole.IMAGE, Path(__file__), "image/png", 512, 512),),
)
# The picture itself is the answer; who reads it first is the image step.
FINISHED = b"\x89PNG\r\n\x1a\n and the rest of it"
CODES = {"malformed": "Rejected"}


def error_body(code: str, text: str) -> dict[str, Any]:
    """An error answer."""
    return {"error": {"code": code, "message": text}}
