"""What ComfyUI says of a workflow that it does not take, or that ended without its pictures."""

from collections.abc import Iterator, Mapping
from typing import Any

from providers.self_hosted import GenerationFailed, MemoryExhausted, tells_of_memory
from providers.types import Progress, RemoteState


def node_errors_in(document: Mapping[str, Any]) -> Iterator[str]:
    """Each misfit as the wiring would name its place: "5.inputs.width (EmptyLatentImage): Value 9 smaller than …"."""
    errors: Mapping[str, Any] = document.get("node_errors") or {}
    for node, told in errors.items():
        for error in told.get("errors", ()):
            field = (error.get("extra_info") or {}).get("input_name", "")
            place = f"{node}.inputs.{field}" if field else str(node)
            text = error.get("details") or error.get("message", "")
            yield f"{place} ({told.get('class_type', '')}): {error.get('message', '')}: {text}"


def failure_in(status: Mapping[str, Any]) -> Progress:
    """How a job ended that was not a success: stopped, or broken off by an exception in one of its nodes."""
    told = dict(status.get("messages", ()))
    if "execution_interrupted" in told and "execution_error" not in told:
        return Progress(RemoteState.CANCELED)
    error = told.get("execution_error", {})
    kind, text = str(error.get("exception_type", "")), str(error.get("exception_message", ""))
    failed = MemoryExhausted if tells_of_memory(kind, text) else GenerationFailed
    place = f"{error.get('node_id', '')} ({error.get('node_type', '')})"
    return Progress(RemoteState.FAILED, error=failed(vendor_code=kind, vendor_text=f"{place}: {text}"))
