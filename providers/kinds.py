"""The kinds of servers an operator can add without code: what each can do, takes and has to be told (wiring)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.adapters.comfyui.workflows import workflow_problems
from providers.adapters.openai_compatible.bodies import NAMED_FIELDS
from providers.operations import Operation

OPENAI_COMPATIBLE, AUTOMATIC1111, COMFYUI = "openai-compatible", "automatic1111", "comfyui"
_EDITS = (Operation.IMAGE_TO_IMAGE, Operation.VARIATION, Operation.INPAINT)


@dataclass(frozen=True)
class Kind:
    """One kind of server. `concurrent_requests`: what a new account begins with; -1 = unlimited."""

    name: str
    label: str
    operations: tuple[Operation, ...]
    concurrent_requests: int
    # The fields of a wiring and the type of each.
    fields: Mapping[str, type | tuple[type, ...]]


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            OPENAI_COMPATIBLE,
            "OpenAI-compatible server",
            (Operation.TEXT_TO_IMAGE, *_EDITS),
            4,
            {"model": str, "extra": dict, "fields": dict, "maskEdits": str, "triggerWords": list},
        ),
        Kind(
            AUTOMATIC1111,
            "AUTOMATIC1111 / Forge",
            (Operation.TEXT_TO_IMAGE, *_EDITS, Operation.UPSCALE),
            # More would wait at the server with their lines open.
            1,
            {
                **{"checkpoint": str, "loras": list, "triggerWords": list, "negative": str},
                **{"steps": int, "cfgScale": (int, float), "sampler": str, "upscaler": str},
            },
        ),
        Kind(
            COMFYUI,
            "ComfyUI",
            (Operation.TEXT_TO_IMAGE, *_EDITS, Operation.UPSCALE, Operation.REMOVE_BACKGROUND),
            2,
            {"workflow": dict, "inputs": dict, "output": str, "triggerWords": list, "factor": int},
        ),
    )
}


def wiring_problems(kind: str, wiring: Mapping[str, Any], operations: Iterable[str]) -> list[str]:
    """What is wrong with a model of a kind, in sentences for operators; none where it can be used."""
    known = KINDS.get(kind)
    if known is None:
        return [f"There is no kind {kind}; there are: {', '.join(KINDS)}."]
    operations = list(operations)
    problems = [
        f"A server of this kind does no {operation}; it does: {', '.join(known.operations)}."
        for operation in operations
        if operation not in known.operations
    ]
    if not operations:
        problems.append("Name at least one operation.")
    problems += _misfits(known, wiring)
    return problems or _OWN_PROBLEMS[kind](wiring, operations)


def _misfits(kind: Kind, wiring: Mapping[str, Any]) -> list[str]:
    problems = []
    for name, value in wiring.items():
        wanted = kind.fields.get(name)
        if wanted is None:
            problems.append(f"The wiring has no field {name}; it has: {', '.join(kind.fields)}.")
        elif not isinstance(value, wanted) or isinstance(value, bool):
            problems.append(f"The wiring's field {name} has the wrong type.")
    words = wiring.get("triggerWords", [])
    if isinstance(words, list) and not all(isinstance(word, str) and word.strip() for word in words):
        problems.append("Trigger words are a list of texts.")
    return problems


def _openai_problems(wiring: Mapping[str, Any], operations: list[str]) -> list[str]:
    problems = []
    if not wiring.get("model"):
        problems.append("Say under which name the server knows the model: model.")
    if wiring.get("maskEdits", "transparent") not in ("transparent", "white"):
        problems.append("maskEdits is transparent or white: which part of a mask is painted anew.")
    names = wiring.get("fields", {})
    problems += [
        f"fields: there is no {name}; there are: {', '.join((*NAMED_FIELDS, 'mask'))}."
        for name in names
        if name not in (*NAMED_FIELDS, "mask")
    ]
    if not all(isinstance(name, str) and name for name in names.values()):
        problems.append("fields: each names the server's own field.")
    return problems


def _automatic1111_problems(wiring: Mapping[str, Any], operations: list[str]) -> list[str]:
    problems = []
    for lora in wiring.get("loras", []):
        name = lora.get("name") if isinstance(lora, dict) else None
        weight = lora.get("weight", 1) if isinstance(lora, dict) else None
        if not isinstance(name, str) or not name or set(name) & set("<>:"):
            problems.append("Each LoRA has a name without <, > and :.")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not -10 <= weight <= 10:
            problems.append(f"The weight of the LoRA {name} is a number from -10 to 10.")
    return problems


def _comfyui_problems(wiring: Mapping[str, Any], operations: list[str]) -> list[str]:
    problems = workflow_problems(wiring)
    if problems:
        return problems
    named = wiring["inputs"]
    wordless = {Operation.UPSCALE, Operation.REMOVE_BACKGROUND}
    if "prompt" not in named and set(operations) - wordless:
        problems.append("Say where the prompt goes: inputs.prompt.")
    if "image" not in named and set(operations) - {Operation.TEXT_TO_IMAGE}:
        problems.append("Say where the picture goes, at a LoadImage node: inputs.image.")
    if "mask" not in named and Operation.INPAINT in operations:
        problems.append("Say where the mask goes, at a LoadImage or LoadImageMask node: inputs.mask.")
    if Operation.UPSCALE in operations and not 2 <= wiring.get("factor", 0) <= 8:
        problems.append("Say how many times the workflow enlarges a picture, from 2 to 8: factor.")
    return problems


_OWN_PROBLEMS = {
    OPENAI_COMPATIBLE: _openai_problems,
    AUTOMATIC1111: _automatic1111_problems,
    COMFYUI: _comfyui_problems,
}
