"""The limits a model of an operator's own server begins with are ones that its server keeps."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from providers.fitting import Fitted, Wanted, fit_request
from providers.kind_limits import default_limits
from providers.kinds import AUTOMATIC1111, COMFYUI, KINDS, OPENAI_COMPATIBLE
from providers.models import Provider, ProviderModel
from providers.operations import limits_for
from providers.registry import ADAPTERS
from providers.types import GenerationRequest, HttpRequest, InputMedia
from providers.wanted import InputFacts
from providers.wording import in_vendors_words
from tests.providers.custom_rows import INPAINT_INPUTS, INPAINT_WORKFLOW, TEXT_WORKFLOW, WIRINGS
from tests.vendors.automatic1111.server import Server as Automatic1111Server
from tests.vendors.openai_compatible.server import Server as OpenAiCompatibleServer

SIZES = ((64, 64), (500, 333), (1024, 1024), (3000, 1000), (4096, 4096))


def row(kind: str, wiring: Mapping[str, Any] | None = None, **terms: Any) -> ProviderModel:
    """A model of a kind with all that it can do."""
    wired = dict(WIRINGS[kind] if wiring is None else wiring)
    operations = [str(operation) for operation in KINDS[kind].operations]
    limits = default_limits(kind, operations, wired, **terms)
    provider = Provider(key="house", kind=kind)
    return ProviderModel(provider=provider, name="house-model", operations=operations, limits=limits, wiring=wired)


def fitted(model: ProviderModel, operation: str, wanted: Wanted) -> Fitted:
    return fit_request(model, wanted, strict=False, operation=operation)


def built(model: ProviderModel, operation: str, wanted: Wanted, folder: Path) -> HttpRequest:
    """The request that the server of a model would be sent."""
    params = fitted(model, operation, wanted).params
    said = in_vendors_words(limits_for(model.limits, operation), params)
    inputs = tuple(
        InputMedia(facts.role, folder / "a.png", "image/png", facts.width, facts.height) for facts in wanted.inputs
    )
    asked = GenerationRequest(
        "an-attempt", operation, model.name, seed=params.get("seed"), inputs=inputs, wiring=model.wiring, **said
    )
    return ADAPTERS[model.provider.kind](model.name, "http://gpu.example:7860").build_submit(asked)


def wishes(kind: str) -> Iterator[tuple[str, Wanted]]:
    """Each operation of a kind in all sizes, with the least and the most of everything that clients may say."""
    for operation in KINDS[kind].operations:
        for width, height in SIZES:
            roles = {"text-to-image": (), "inpaint": ("image", "mask")}.get(operation, ("image",))
            inputs = tuple(InputFacts(role, width, height, {}) for role in roles)
            size: dict[str, Any] = {"width": width, "height": height} if operation == "text-to-image" else {}
            yield operation, Wanted("a boat", "fog", inputs=inputs, seed=0, steps=1, cfg_scale=0, **size)
            most: dict[str, Any] = {"steps": 999, "cfg_scale": 99, "sampler": "lms", "strength": 1}
            yield operation, Wanted("a boat", inputs=inputs, seed=2**32 - 1, **most, **size)


@pytest.mark.parametrize(
    ("kind", "server"), [(AUTOMATIC1111, Automatic1111Server), (OPENAI_COMPATIBLE, OpenAiCompatibleServer)]
)
def test_every_request_within_the_limits_is_one_that_the_server_takes(
    kind: str, server: type[Automatic1111Server | OpenAiCompatibleServer], tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    model = row(kind)
    with server() as vendor:
        for operation, wanted in wishes(kind):
            request = built(model, operation, wanted, tmp_path)
            if request.json is not None:
                schema = "generation" if kind == OPENAI_COMPATIBLE else request.url.rpartition("/")[2]
                assert vendor.misfits(schema, request.json) == []


def test_every_request_within_the_limits_fills_the_workflow(tmp_path: Path) -> None:
    wiring: dict[str, Any] = {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS, "factor": 2}
    model = row(COMFYUI, wiring)
    for operation, wanted in wishes(COMFYUI):
        if wanted.inputs:
            graph = built(model, operation, wanted, tmp_path).json["prompt"]
            assert graph["10"]["inputs"]["image"] == "gencraft/an-attempt/a.png"
    # The operator's own is as it was.
    assert wiring["workflow"]["10"]["inputs"]["image"] == "example.png"


def test_what_the_wiring_has_no_place_for_is_left_out_and_told() -> None:
    wiring = {"workflow": TEXT_WORKFLOW, "inputs": {"prompt": "6.inputs.text"}}
    wanted = Wanted("a boat", "fog", width=1024, height=512, seed=7, steps=9, cfg_scale=3, sampler="lms")
    told = fitted(row(COMFYUI, wiring), "text-to-image", wanted)
    changed = {entry["field"]: entry["used"] for entry in told.adaptations}
    assert changed == {
        **{"negativePrompt": None, "seed": None, "steps": None, "cfgScale": None, "sampler": None},
        # It draws in its own size, which becomes the one that was asked.
        "size": "512x512",
    }
    assert told.calls == 1


def test_a_server_without_names_for_them_takes_neither_seed_nor_steps() -> None:
    told = fitted(row(OPENAI_COMPATIBLE, {"model": "m"}), "text-to-image", Wanted("a boat", seed=7, steps=9))
    assert {entry["field"] for entry in told.adaptations} == {"seed", "steps"}


def test_masks_go_as_the_server_reads_them() -> None:
    def edits(kind: str, wiring: Mapping[str, Any] | None = None) -> str:
        mask: dict[str, str] = limits_for(row(kind, wiring).limits, "inpaint")["inputs"]["mask"]
        return mask["edits"]

    assert edits(AUTOMATIC1111) == "white"
    assert edits(OPENAI_COMPATIBLE) == "transparent"
    assert edits(OPENAI_COMPATIBLE, {"model": "m", "maskEdits": "white"}) == "white"
    by_colour = {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS}
    by_transparency = {
        "workflow": {**INPAINT_WORKFLOW, "11": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}},
        "inputs": INPAINT_INPUTS,
    }
    assert (edits(COMFYUI, by_colour), edits(COMFYUI, by_transparency)) == ("white", "transparent")


def test_the_usual_size_is_the_operators_then_the_workflows() -> None:
    assert row(AUTOMATIC1111).limits["default_size"] == "1024x1024"
    assert row(AUTOMATIC1111, default_size="512x512").limits["default_size"] == "512x512"
    assert row(COMFYUI).limits["default_size"] == "512x512"
    assert row(COMFYUI, default_size="768x768").limits["default_size"] == "768x768"


def test_only_the_operations_that_were_named_have_limits() -> None:
    limits = default_limits(AUTOMATIC1111, ["text-to-image", "upscale"], {})
    assert set(limits["operations"]) == {"upscale"}
    assert limits_for(limits, "upscale")["seed"] is None


@pytest.mark.parametrize("side", [0, True, -1024, 15, 10**12, 512.0, None])
def test_a_workflows_size_is_one_that_can_be_drawn(side: Any) -> None:
    scaled = {"1": {"class_type": "ImageScale", "inputs": {"width": 1024, "height": side}}}
    wiring = {"workflow": {**scaled, **TEXT_WORKFLOW}, "inputs": {"prompt": "6.inputs.text"}}
    limits = row(COMFYUI, wiring).limits
    assert (limits["size"]["values"], limits["default_size"]) == (["512x512"], "512x512")
    alone = default_limits(COMFYUI, [], {**wiring, "workflow": scaled})
    assert alone["size"]["values"] == ["1024x1024"]
