"""Payloads of Black Forest Labs, as its OpenAPI document of 2026-04-23 describes them (read 2026-11-22)."""

from typing import Any

from providers.types import GenerationRequest

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="flux-2-pro",
    prompt="a lighthouse at dawn",
    width=1024,
    height=768,
    seed=7,
)

JOB_ID = "6f6e3b1c-0f9c-4d1b-8a64-0c5c5f0c9a11"
POLLING_URL = f"https://api.eu2.bfl.ai/v1/get_result?id={JOB_ID}"
ACCEPTED = {"id": JOB_ID, "polling_url": POLLING_URL, "cost": 3.0, "input_mp": 0.0, "output_mp": 0.75}
# What is answered to a request that names a webhook: no `polling_url`.
ACCEPTED_FOR_WEBHOOK = {
    "id": JOB_ID,
    "status": "Pending",
    "webhook_url": "https://engine.example.com/callback",
    "cost": 3.0,
    "input_mp": 0.0,
    "output_mp": 0.75,
}


def told(status: str, **parts: Any) -> dict[str, Any]:
    """A poll's answer."""
    return {"id": JOB_ID, "status": status, "result": None, "progress": None, "details": None, "preview": None, **parts}


RUNNING = told("Pending", progress=0.4)
UNKNOWN_WORD = told("Reasoning")
SUCCEEDED = told(
    "Ready",
    result={
        "sample": "https://delivery-eu1.bfl.ai/results/6f/6e3b1c/sample.png?se=2026-11-22T12%3A10%3A00Z&sig=abc",
        "prompt": "a lighthouse at dawn",
        "seed": 7,
        "start_time": 1763812800.1,
        "end_time": 1763812806.4,
        "duration": 6.3,
    },
)
FAILED = told("Content Moderated", details={"Moderation Reasons": ["Content Filter"]})
