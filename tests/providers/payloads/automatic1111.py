"""Payloads of AUTOMATIC1111 and Forge, as their API writes them (sources of 2025-06, read 2026-11-22)."""

import base64
import json

from providers.types import GenerationRequest
from tests.providers.custom_rows import WIRINGS

REQUEST = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="house-model",
    prompt="a lighthouse at dawn",
    count=2,
    width=512,
    height=768,
    seed=7,
    wiring=WIRINGS["automatic1111"],
)

# The document inside the document.
INFO = {"seed": 7, "all_seeds": [7, 8], "index_of_first_image": 1, "infotexts": ["Steps: 28", "Steps: 28"]}
FINISHED = {
    "images": [base64.b64encode(content).decode() for content in (b"sheet", b"first", b"second")],
    "parameters": {"prompt": "a lighthouse at dawn"},
    "info": json.dumps(INFO),
}
ENLARGED = {"image": base64.b64encode(b"large").decode(), "html_info": "<p></p>"}
