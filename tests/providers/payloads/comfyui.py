"""Payloads of ComfyUI, as its server writes them (`server.py` and `execution.py`, read 2026-11-22)."""

from typing import Any

from providers.types import GenerationRequest
from tests.providers.custom_rows import WIRINGS

JOB_ID = "3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d"
REQUEST = GenerationRequest(
    attempt_id=JOB_ID,
    operation="text-to-image",
    model="house-model",
    prompt="a lighthouse at dawn",
    width=1024,
    height=768,
    seed=7,
    wiring=WIRINGS["comfyui"],
)

ACCEPTED: dict[str, Any] = {"prompt_id": JOB_ID, "number": 12, "node_errors": {}}
# Whether it waits, works or was never heard of.
RUNNING: dict[str, Any] = {}


def told(status: str, *messages: Any, **outputs: Any) -> dict[str, Any]:
    """A job in the history."""
    listed = [12, JOB_ID, {}, {"client_id": JOB_ID, "gencraft_output": "9"}, ["9"]]
    state = {"status_str": status, "completed": status == "success", "messages": list(messages)}
    return {JOB_ID: {"prompt": listed, "outputs": outputs, "status": state, "meta": {}}}


def image(filename: str, kind: str = "output", subfolder: str = "") -> dict[str, str]:
    """A file in the outputs of a node."""
    return {"filename": filename, "subfolder": subfolder, "type": kind}


def failed(kind: str, text: str) -> dict[str, Any]:
    """A job that an exception in a node ended."""
    error = {"node_id": "3", "node_type": "KSampler", "exception_type": kind, "exception_message": text}
    return told("error", ["execution_start", {}], ["execution_error", error])


UNKNOWN_WORD = told("warming up")
SUCCEEDED = told(
    "success",
    **{"9": {"images": [image("one_00001_.png"), image("two_00001_.png")]}, "20": {"images": [image("a.png", "temp")]}},
)
FAILED = failed("RuntimeError", "shapes cannot be multiplied")
CODES = {
    "prompt_outputs_failed_validation": "Rejected",
    "invalid_prompt": "Rejected",
    "prompt_no_outputs": "Misconfigured",
    "missing_node_type": "Misconfigured",
    "no_prompt": "Misconfigured",
}


def error_body(code: str | None, text: str) -> dict[str, Any]:
    """A 400 of the address that queues."""
    return {"error": {"type": code, "message": text, "details": "", "extra_info": {}}, "node_errors": {}}
