"""An operator's workflow in ComfyUI's API format: whether its named inputs are there, and filling them."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.errors import OptionUnsupported
from providers.self_hosted import with_trigger_words
from providers.types import GenerationRequest, InputMedia, InputRole

# What of a request can be put into a workflow, by the name under which `inputs` says where.
INPUT_NAMES = (
    *("prompt", "negativePrompt", "width", "height", "seed", "steps", "cfgScale", "sampler", "strength", "count"),
    *("image", "mask", "style"),
)
_PICTURES = {InputRole.IMAGE: "image", InputRole.MASK: "mask", InputRole.STYLE: "style"}
# Between the id of a node and the name of one of its inputs.
_INPUTS = "inputs"


def workflow_problems(wiring: Mapping[str, Any]) -> list[str]:
    """What is wrong with a wiring of the kind "comfyui", in sentences for operators; none where it can be used."""
    workflow, named = wiring.get("workflow"), wiring.get("inputs")
    if not isinstance(workflow, dict) or not workflow:
        return ["The workflow is missing: export it from ComfyUI by 'Export (API)'."]
    if "nodes" in workflow and "links" in workflow:
        return ["The workflow is in the editor's format: export it from ComfyUI by 'Export (API)'."]
    problems = [
        f"Node {node} of the workflow has no class_type and inputs."
        for node, said in workflow.items()
        if not (
            isinstance(said, dict) and isinstance(said.get("class_type"), str) and isinstance(said.get(_INPUTS), dict)
        )
    ]
    if problems:
        return problems
    if not isinstance(named, dict):
        return ['The inputs are missing: say where the prompt goes, as in {"prompt": "6.inputs.text"}.']
    problems = [
        f"There is no input {name}; there are: {', '.join(INPUT_NAMES)}." for name in named if name not in INPUT_NAMES
    ]
    problems += [problem for name, path in _paths(named) for problem in _problems_of(workflow, name, path)]
    output = wiring.get("output")
    if output not in (None, "") and str(output) not in workflow:
        problems.append(f"The workflow has no node {output}, which is to be the output.")
    return problems


def filled_workflow(request: GenerationRequest) -> dict[str, Any]:
    """The workflow with the request in it. Raises `OptionUnsupported` where a path leads nowhere."""
    if problems := workflow_problems(request.wiring):
        raise OptionUnsupported(problems[0])
    named = request.wiring[_INPUTS]
    workflow: dict[str, Any] = copy.deepcopy(request.wiring["workflow"])
    for name, value in _values(request).items():
        for path in _as_list(named.get(name, ())):
            node, _, field = path.split(".", 2)
            workflow[node][_INPUTS][field] = value
    return workflow


def uploads(request: GenerationRequest) -> Iterator[tuple[str, InputMedia]]:
    """The pictures the workflow has a place for, each with the name of its input. Raises `OptionUnsupported`."""
    named = request.wiring.get(_INPUTS, {})
    for role, name in _PICTURES.items():
        given = request.of_role(role)
        if len(given) > 1 or (given and name not in named):
            raise OptionUnsupported(f"This workflow has no place for this {role}.")
        yield from ((name, media) for media in given)


def folder_of(request: GenerationRequest) -> str:
    """Where an attempt's pictures lie on the server: apart, as those of all attempts have the same names."""
    return f"gencraft/{request.attempt_id}"


def _values(request: GenerationRequest) -> dict[str, Any]:
    """What the request says, by name; what it leaves open stays as the operator's workflow has it."""
    said: dict[str, Any] = {
        "prompt": with_trigger_words(request.prompt, request.wiring) if request.prompt else None,
        "negativePrompt": request.negative_prompt or None,
        "width": request.width,
        "height": request.height,
        "seed": request.seed,
        "strength": request.strength,
        "count": request.count,
        **{name: request.options.get(name) for name in ("steps", "cfgScale", "sampler")},
        **{name: f"{folder_of(request)}/{media.path.name}" for name, media in uploads(request)},
    }
    return {name: value for name, value in said.items() if value is not None}


def _paths(named: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, paths in named.items():
        yield from ((name, path) for path in _as_list(paths))


def _as_list(paths: Any) -> Sequence[Any]:
    """One path, or several where a value goes to several nodes."""
    return [paths] if isinstance(paths, str) else list(paths) if isinstance(paths, list | tuple) else [paths]


def _problems_of(workflow: Mapping[str, Any], name: str, path: Any) -> Iterator[str]:
    parts = path.split(".", 2) if isinstance(path, str) else []
    if len(parts) != 3 or parts[1] != _INPUTS:
        yield f"{name}: {path} is no path; write it as node.inputs.field, for example 6.inputs.text."
        return
    node, _, field = parts
    if node not in workflow:
        yield f"{name}: the workflow has no node {node}."
    elif field not in workflow[node][_INPUTS]:
        there = ", ".join(sorted(workflow[node][_INPUTS])) or "none"
        yield f"{name}: node {node} ({workflow[node]['class_type']}) has no input {field}; it has: {there}."
    elif isinstance(workflow[node][_INPUTS][field], list):
        yield f"{name}: input {field} of node {node} comes from another node; name the node where it is written."
