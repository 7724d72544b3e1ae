"""Payloads of the simulator, as its wire format writes them (2026-11-22)."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.types import GenerationRequest
from tests.providers.sim.samples import ASKED, edit

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="sim/standard",
    prompt="a lighthouse at dawn",
    count=2,
    width=512,
    height=512,
    seed=7,
)

ACCEPTED = {
    "id": "sim_abc",
    "status": "queued",
    "poll_url": "https://sim.invalid/v1/generations/sim_abc",
    "poll_after_s": 0.45,
}
FINISHED = {
    "id": "sim_abc",
    "status": "succeeded",
    "outputs": [{"index": 0, "seed": 7, "b64": base64.b64encode(b"bytes").decode(), "mime_type": "image/png"}],
}
RUNNING = {"id": "sim_abc", "reference": "r", "status": "running", "progress": 0.4, "poll_after_s": 0.3}
UNKNOWN_WORD = {**RUNNING, "status": "pondering"}
SUCCEEDED = {
    "id": "sim_abc",
    "status": "succeeded",
    "progress": 1,
    "outputs": [
        {"index": 0, "seed": 7, "url": "https://sim.invalid/v1/outputs/sim_abc/0.png", "mime_type": "image/png"},
        {"index": 1, "seed": 8, "error": {"code": "output_moderated", "message": "This output is not allowed."}},
    ],
}
FAILED = {"id": "sim_abc", "status": "failed", "error": {"code": "generation_failed", "message": "No."}}
CODES = {
    "rate_limited": "Busy",
    "prompt_moderated": "Moderated",
    "no_credit": "Misconfigured",
    "bad_key": "Misconfigured",
    "model_unknown": "Misconfigured",
    "unsupported": "Rejected",
    "no_room": "Busy",
}


def error_body(code: str, text: str) -> dict[str, Any]:
    """An error answer."""
    return {"error": {"code": code, "message": text}}


def edits(folder: Path) -> Mapping[str, GenerationRequest]:
    """A request for each operation on pictures."""
    return {operation: edit(folder, operation) for operation in ASKED}
