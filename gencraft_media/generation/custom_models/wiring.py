"""What an operator says of a model so that its server is asked for the right thing: checked, and completed."""

from collections.abc import Sequence
from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.generation.custom_models.workflows import suggested_inputs
from providers.kinds import COMFYUI, KINDS, wiring_problems


def check_operations(kind: str, operations: Sequence[str]) -> None:
    """Raises `InvalidRequest` where a server of this kind does not do one of them."""
    allowed = [str(name) for name in KINDS[kind].operations]
    unknown = [name for name in operations if name not in allowed]
    if unknown:
        message = f"A server of the kind {kind} is not asked for {unknown[0]}."
        raise InvalidRequest(errors=[FieldError("operations", message, "unsupported", allowed)])


def wiring_of(kind: str, said: dict[str, Any], operations: Sequence[str]) -> dict[str, Any]:
    """The wiring as it is kept. Inputs of a workflow that are not named are looked for in it.

    Raises `InvalidRequest` naming `wiring`, or what is wrong below it.
    """
    wiring = dict(said)
    workflow = wiring.get("workflow")
    if kind == COMFYUI and isinstance(workflow, dict) and not wiring.get("inputs"):
        wiring["inputs"] = suggested_inputs(workflow)
    problems = wiring_problems(kind, wiring, operations)
    if problems:
        raise InvalidRequest(errors=[FieldError(_place_of(problem, kind), problem) for problem in problems])
    return wiring


def _place_of(problem: str, kind: str) -> str:
    if kind != COMFYUI:
        return "wiring"
    return "wiring.workflow" if problem.startswith(("The workflow", "Node ")) else "wiring.inputs"
