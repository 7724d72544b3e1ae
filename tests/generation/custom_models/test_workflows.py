"""Finding the inputs of workflows as people build them."""

from typing import Any

import pytest

from gencraft_media.generation.custom_models.workflows import suggested_inputs
from tests.providers.custom_rows import INPAINT_WORKFLOW, TEXT_INPUTS, TEXT_WORKFLOW


def node(kind: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": title or kind}}


# Guider, sampler and noise in nodes of their own, as Flux is usually drawn.
SPLIT = {
    "6": node("CLIPTextEncode", text="x", clip=["11", 0]),
    "13": node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], latent_image=["27", 0]),
    "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0),
    "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
    "25": node("RandomNoise", noise_seed=7),
    "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
    "27": node("EmptySD3LatentImage", width=1024, height=1024, batch_size=1),
}
# The text comes from a node of its own, through two that change it, and sizes stand in two places.
FAR = {
    "1": node("KSampler", seed=1, steps=8, cfg=1.0, positive=["4", 0], negative=["5", 0], latent_image=["6", 0]),
    "2": node("PrimitiveStringMultiline", "My prompt", value="a cat"),
    "3": node("CLIPTextEncode", text=["2", 0]),
    "4": node("ControlNetApply", conditioning=["3", 0], strength=0.5, image=["8", 0]),
    "5": node("ConditioningZeroOut", conditioning=["3", 0]),
    "6": node("EmptyLatentImage", width=640, height=448, batch_size=1),
    "7": node("ImageScale", width=64, height=64, image=["8", 0]),
    "8": node("LoadImage", image="pose.png"),
}
LOST = {"1": node("KSampler", positive=["1", 0], negative=["2", 0]), "3": node("CLIPTextEncode", "Negative", text="")}


@pytest.mark.parametrize(
    ("workflow", "found"),
    [
        (TEXT_WORKFLOW, TEXT_INPUTS),
        (
            SPLIT,
            {
                **{"prompt": "6.inputs.text", "seed": "25.inputs.noise_seed", "steps": "17.inputs.steps"},
                **{"width": "27.inputs.width", "height": "27.inputs.height"},
            },
        ),
        (
            FAR,
            {
                **{"prompt": "2.inputs.value", "seed": "1.inputs.seed", "steps": "1.inputs.steps"},
                **{"cfgScale": "1.inputs.cfg", "width": "6.inputs.width", "height": "6.inputs.height"},
                **{"image": "8.inputs.image", "negativePrompt": "2.inputs.value"},
            },
        ),
        (LOST, {}),
        ({}, {}),
        ({"1": "text", "2": {"inputs": 5}, "3": {}}, {}),
        ({"²": {**node("CLIPTextEncode", text="x"), "_meta": None}}, {"prompt": "².inputs.text"}),
    ],
)
def test_the_places_are_found_where_samplers_lead(workflow: Any, found: Any) -> None:
    assert suggested_inputs(workflow) == dict(found)


def test_pictures_and_masks_are_told_apart() -> None:
    found = suggested_inputs(INPAINT_WORKFLOW)
    assert (found["image"], found["mask"]) == ("10.inputs.image", "11.inputs.image")
    assert found["strength"] == "3.inputs.denoise"
