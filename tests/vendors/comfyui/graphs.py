"""A workflow as ComfyUI reads it: which nodes there are, what is wrong with their inputs, and what comes out."""

from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image

from tests.vendors.painting import opened, painted
from tests.vendors.pictures import picture

Graph = Mapping[str, Mapping[str, Any]]
Files = Mapping[str, bytes]

_LINK, _TEXT, _SAMPLERS = "link", "text", ["euler", "ddpm", "ddim", "lms"]
_CHECKPOINTS = ["house.safetensors"]
_SIDE, _PICTURE = (16, 16384), "picture"
# Class -> its inputs: a range, a list of values, or a kind of value.
_NODES: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": _CHECKPOINTS},
    "CLIPTextEncode": {"text": _TEXT, "clip": _LINK},
    "EmptyLatentImage": {"width": _SIDE, "height": _SIDE, "batch_size": (1, 4096)},
    "KSampler": {
        **{"seed": (0, 2**64 - 1), "steps": (1, 10000), "cfg": (0, 100), "denoise": (0, 1)},
        **{"sampler_name": _SAMPLERS, "scheduler": ["normal", "karras"]},
        **dict.fromkeys(("model", "positive", "negative", "latent_image"), _LINK),
    },
    "VAEDecode": {"samples": _LINK, "vae": _LINK},
    "VAEEncodeForInpaint": {"pixels": _LINK, "vae": _LINK, "mask": _LINK, "grow_mask_by": (0, 64)},
    "LoadImage": {"image": _PICTURE},
    "LoadImageMask": {"image": _PICTURE, "channel": ["alpha", "red", "green", "blue"]},
    "ImageScaleBy": {"image": _LINK, "upscale_method": ["lanczos", "bicubic"], "scale_by": (0.01, 8)},
    "SaveImage": {"images": _LINK, "filename_prefix": _TEXT},
    "PreviewImage": {"images": _LINK},
}
_OUTPUTS = ("SaveImage", "PreviewImage")


def error(kind: str, message: str, details: str = "", **extra: Any) -> dict[str, Any]:
    """One error, of the whole prompt or of a node."""
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def refusal_of(graph: Graph, files: Files) -> dict[str, Any] | None:
    """The document of a 400; None for a graph that can be worked on."""
    unknown = next((node for node, said in graph.items() if said["class_type"] not in _NODES), None)
    if unknown is not None:
        text = f"Node '{graph[unknown]['class_type']}' not found. The custom node may not be installed."
        told = error("missing_node_type", text, f"Node ID '#{unknown}'", node_id=unknown)
        return {"error": told, "node_errors": {}}
    if not any(said["class_type"] in _OUTPUTS for said in graph.values()):
        return {"error": error("prompt_no_outputs", "Prompt has no outputs"), "node_errors": {}}
    errors = {node: found for node, said in graph.items() if (found := list(_misfits(graph, said, files)))}
    if not errors:
        return None
    return {
        "error": error("prompt_outputs_failed_validation", "Prompt outputs failed validation"),
        "node_errors": {
            node: {"errors": found, "dependent_outputs": ["9"], "class_type": graph[node]["class_type"]}
            for node, found in errors.items()
        },
    }


def drawn(graph: Graph, files: Files) -> list[Image.Image]:
    """The pictures that come out of the graph's first output node."""
    node = next(said for said in graph.values() if said["class_type"] in _OUTPUTS)
    return _made_by(graph, node["inputs"]["images"], files)


def _made_by(graph: Graph, link: Any, files: Files) -> list[Image.Image]:
    node = graph[link[0]]
    inputs = node["inputs"]
    match node["class_type"]:
        case "VAEDecode":
            return _sampled(graph, graph[inputs["samples"][0]]["inputs"], files)
        case "ImageScaleBy":
            grown = inputs["scale_by"]
            return [
                one.resize((round(one.width * grown), round(one.height * grown)))
                for one in _made_by(graph, inputs["image"], files)
            ]
    return [opened(files[inputs["image"]])]


def _sampled(graph: Graph, sampler: Mapping[str, Any], files: Files) -> list[Image.Image]:
    latent, seed = graph[sampler["latent_image"][0]], sampler["seed"]
    inputs = latent["inputs"]
    if latent["class_type"] == "EmptyLatentImage":
        size = inputs["width"], inputs["height"]
        return [opened(picture(*size, seed + index)) for index in range(inputs["batch_size"])]
    [first] = _made_by(graph, inputs["pixels"], files)
    told = graph[inputs["mask"][0]]["inputs"]
    mask = opened(files[told["image"]])
    if told["channel"] == "alpha":
        mask = mask.getchannel("A").point(lambda alpha: 255 - alpha)
    return [painted(first, first.size, seed, mask)]


def _misfits(graph: Graph, node: Mapping[str, Any], files: Files) -> Iterator[dict[str, Any]]:
    wanted = _NODES[node["class_type"]]
    for name in wanted.keys() - node["inputs"].keys():
        yield error("required_input_missing", "Required input is missing", name, input_name=name)
    for name, value in node["inputs"].items():
        # ComfyUI lets inputs pass that a node does not know.
        text = _misfit(graph, wanted.get(name), value, files)
        if text:
            yield error(text[0], text[1], f"{name}: {value!r}", input_name=name, received_value=value)


def _misfit(graph: Graph, wanted: Any, value: Any, files: Files) -> tuple[str, str] | None:
    if wanted == _LINK:
        sound = isinstance(value, list) and len(value) == 2 and value[0] in graph
        return None if sound else ("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot]")
    if wanted == _TEXT:
        return None if isinstance(value, str) else ("invalid_input_type", "Failed to convert an input value to STRING")
    if wanted == _PICTURE:
        return None if value in files else ("custom_validation_failed", "Custom validation failed for node")
    if isinstance(wanted, list):
        return None if value in wanted else ("value_not_in_list", "Value not in list")
    if isinstance(wanted, tuple):
        if not isinstance(value, int | float):
            return "invalid_input_type", "Failed to convert an input value to a number"
        if value < wanted[0]:
            return "value_smaller_than_min", f"Value {value} smaller than min of {wanted[0]}"
        if value > wanted[1]:
            return "value_bigger_than_max", f"Value {value} bigger than max of {wanted[1]}"
    return None
