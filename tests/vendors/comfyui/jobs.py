"""A queued workflow of the loopback ComfyUI, and what the server tells of it."""

from dataclasses import dataclass, field
from typing import Any

from tests.vendors.comfyui.faults import EXCEPTIONS

# Polls that see nothing before the job has ended.
_POLLS_AT_WORK = 1


@dataclass
class Job:
    """One workflow that was taken. `polls` counts how often it was asked for."""

    id: str
    number: int
    graph: dict[str, Any]
    extra: dict[str, Any]
    fault: str
    polls: int = 0
    is_interrupted: bool = False
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @property
    def has_ended(self) -> bool:
        """Whether it has left the queue for the history."""
        if self.is_interrupted:
            return True
        return self.polls > _POLLS_AT_WORK and self.fault not in ("stuck", "forgotten")

    @property
    def listed(self) -> list[Any]:
        """Its five parts, as queue and history hold them."""
        return [self.number, self.id, self.graph, self.extra, ["9"]]

    def entry(self) -> dict[str, Any]:
        """What the history says of it."""
        return {"prompt": self.listed, "outputs": self._outputs(), "status": self._status(), "meta": {}}

    def _outputs(self) -> dict[str, Any]:
        if self.is_interrupted or self.fault in (*EXCEPTIONS, "interrupted", "cached"):
            return {}
        preview = {"filename": "ComfyUI_temp_00001_.png", "subfolder": "", "type": "temp"}
        saved = [{"filename": name, "subfolder": folder, "type": "output"} for folder, name in self.files]
        return {"20": {"images": [preview]}, "9": {"images": saved}}

    def _status(self) -> dict[str, Any]:
        messages: list[Any] = [["execution_start", {"prompt_id": self.id, "timestamp": 1}]]
        if self.is_interrupted or self.fault == "interrupted":
            told = {"prompt_id": self.id, "node_id": "3", "node_type": "KSampler", "executed": []}
            return {"status_str": "error", "completed": False, "messages": [*messages, ["execution_interrupted", told]]}
        if self.fault in EXCEPTIONS:
            kind, text = EXCEPTIONS[self.fault]
            told = {"node_id": "3", "node_type": "KSampler", "exception_type": kind, "exception_message": text}
            return {"status_str": "error", "completed": False, "messages": [*messages, ["execution_error", told]]}
        if self.fault == "strange-word" and self.polls < _POLLS_AT_WORK + 3:
            return {"status_str": "warming up", "completed": False, "messages": messages}
        return {"status_str": "success", "completed": True, "messages": messages}
