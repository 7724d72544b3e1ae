"""Reading a ComfyUI workflow in API format: which of its inputs a request would fill."""

from collections.abc import Iterable, Mapping
from typing import Any

# How many links are followed from a sampler to the text that it paints; a graph with a ring in it must not hang.
_LONGEST_WAY = 12
_SEEDS = ("seed", "noise_seed")
_TEXTS = ("text", "prompt", "text_g", "clip_l", "t5xxl", "string", "value")
_NUMBERS = {"steps": "steps", "cfgScale": "cfg", "strength": "denoise"}

Graph = Mapping[str, Any]


def suggested_inputs(workflow: Graph) -> dict[str, str]:
    """Where prompt, size, seed and the rest go, as `"<node>.inputs.<name>"` by our name; what is not found is left out.

    Samplers lead there: the text is behind `positive` and `negative`, the size behind the latent image.
    """
    found: dict[str, str] = {}
    samplers = [node for node, _ in _nodes_with(workflow, ("positive",))]
    samplers += [node for node, _ in _nodes_with(workflow, ("guider",))]
    for node in samplers:
        for ours, theirs in (("prompt", "positive"), ("negativePrompt", "negative")):
            _note(found, ours, _text_behind(workflow, _inputs(workflow, node).get(theirs)))
        for ours, theirs in _NUMBERS.items():
            if _is_number(_inputs(workflow, node).get(theirs)):
                _note(found, ours, _path(node, theirs))
    _note_first(found, "prompt", _titled_texts(workflow))
    for name in _SEEDS:
        _note_first(found, "seed", _nodes_with(workflow, (name,), _is_number))
    _note_first(found, "steps", _nodes_with(workflow, ("steps",), _is_number))
    _note_size(found, workflow)
    _note_first(found, "sampler", _nodes_with(workflow, ("sampler_name",), _is_text))
    _note_pictures(found, workflow)
    if "image" not in found:
        # Without a picture to start from it says how much of the noise is taken out, which is all of it.
        found.pop("strength", None)
    return found


def _note_pictures(found: dict[str, str], workflow: Graph) -> None:
    for node, name in _nodes_with(workflow, ("image",), _is_text, "LoadImage"):
        kind = str(workflow[node]["class_type"])
        _note(found, "mask" if "Mask" in kind else "image", _path(node, name))


def _note_size(found: dict[str, str], workflow: Graph) -> None:
    sized = list(_nodes_with(workflow, ("width", "height"), _is_number))
    latent = [entry for entry in sized if "latent" in str(workflow[entry[0]].get("class_type", "")).lower()]
    for node, _ in (latent or sized)[:1]:
        _note(found, "width", _path(node, "width"))
        _note(found, "height", _path(node, "height"))


def _text_behind(workflow: Graph, link: Any) -> str | None:
    """The text input that a link leads to, through whatever conditions it on the way."""
    for _ in range(_LONGEST_WAY):
        if not (isinstance(link, list) and link):
            return None
        node = str(link[0])
        inputs = _inputs(workflow, node)
        text = next((name for name in _TEXTS if isinstance(inputs.get(name), str)), None)
        if text is not None:
            return _path(node, text)
        ways = [inputs[name] for name in ("conditioning", "positive", *_TEXTS) if isinstance(inputs.get(name), list)]
        link = next(iter(ways), None)
    return None


def _titled_texts(workflow: Graph) -> Iterable[tuple[str, str]]:
    """Texts of nodes that are called a prompt, then those that encode text at all."""
    texts = [entry for name in _TEXTS for entry in _nodes_with(workflow, (name,), _is_text)]
    title = {node: _title(workflow[node].get("_meta")) for node, _ in texts}
    kinds = {node: str(workflow[node].get("class_type", "")).lower() for node, _ in texts}
    wanted = [entry for entry in texts if "negative" not in title[entry[0]]]
    called = [entry for entry in wanted if "prompt" in title[entry[0]] or "positive" in title[entry[0]]]
    return [*called, *(entry for entry in wanted if "textencode" in kinds[entry[0]])]


def _title(meta: Any) -> str:
    return str(meta.get("title", "")).lower() if isinstance(meta, Mapping) else ""


def _nodes_with(
    workflow: Graph, names: tuple[str, ...], fits: Any = lambda value: True, kind: str = ""
) -> Iterable[tuple[str, str]]:
    """(node, first of the names) of nodes with all of these inputs, in the order of their numbers."""
    for node in sorted(workflow, key=_by_number):
        inputs = _inputs(workflow, node)
        is_meant = bool(inputs) and kind in str(workflow[node].get("class_type", ""))
        if is_meant and all(name in inputs and fits(inputs[name]) for name in names):
            yield node, names[0]


def _inputs(workflow: Graph, node: str) -> Mapping[str, Any]:
    found = workflow.get(node)
    inputs = found.get("inputs") if isinstance(found, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def _note(found: dict[str, str], name: str, path: str | None) -> None:
    if path is not None:
        found.setdefault(name, path)


def _note_first(found: dict[str, str], name: str, entries: Iterable[tuple[str, str]]) -> None:
    for node, theirs in entries:
        _note(found, name, _path(node, theirs))
        return


def _path(node: str, name: str) -> str:
    return f"{node}.inputs.{name}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _by_number(node: str) -> tuple[int, str]:
    return (int(node), "") if node.isdecimal() else (10**9, node)
