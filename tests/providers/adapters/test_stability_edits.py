"""Edits by Stability AI over a real socket: which service is asked, for what, with which pictures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.adapters.stability.adapter import StabilityAdapter
from providers.adapters.stability.services import SERVICES
from providers.errors import OptionUnsupported
from providers.types import InputMedia
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.stability.asking import SIZE, asked_of
from tests.vendors.stability.calling import ENGINE, PLAIN, Calls, calls_to_stability
from tests.vendors.stability.forms import form_of
from tests.vendors.stability.inputs import media
from tests.vendors.stability.requests import PROMPT, edits_of, every_edit

PREFIX = "/v2beta/stable-image/"
SAID = {"prompt": "a lighthouse at dawn", "negative_prompt": "people", "seed": "7", "style_preset": "anime"}
PLAIN_TEXTS = {name: SAID[name] for name in ("prompt", "negative_prompt", "seed")}
# Model, operation -> path, files, fields beside the format; asked with everything that can be said.
ASKED: dict[tuple[str, str], tuple[str, list[str], dict[str, str]]] = {
    ("sd-3.5-turbo", "image-to-image"): (
        "generate/sd3",
        ["image"],
        {**SAID, "mode": "image-to-image", "model": "sd3.5-large-turbo", "strength": "0.3", "cfg_scale": "4"},
    ),
    ("sd-3.5-flash", "variation"): (
        "generate/sd3",
        ["image"],
        {**SAID, "mode": "image-to-image", "model": "sd3.5-flash", "strength": "0.3", "cfg_scale": "4"},
    ),
    ("stable-image-ultra", "image-to-image"): (
        "generate/ultra",
        ["image"],
        {**SAID, "aspect_ratio": "5:4", "strength": "0.3"},
    ),
    ("stable-image-control-structure", "image-to-image"): (
        "control/structure",
        ["image"],
        {**SAID, "control_strength": "0.7"},
    ),
    ("stable-image-control-sketch", "image-to-image"): (
        "control/sketch",
        ["image"],
        {**SAID, "control_strength": "0.7"},
    ),
    ("stable-image-control-style", "image-to-image"): (
        "control/style",
        ["image"],
        {**SAID, "aspect_ratio": "5:4", "fidelity": "0.7"},
    ),
    ("stable-image-style-transfer", "image-to-image"): (
        "control/style-transfer",
        ["init_image", "style_image"],
        {**PLAIN_TEXTS, "change_strength": "0.3"},
    ),
    ("stable-image-inpaint", "inpaint"): ("edit/inpaint", ["image", "mask"], SAID),
    ("stable-image-erase", "inpaint"): ("edit/erase", ["image", "mask"], {"seed": "7"}),
    ("stable-image-search-and-replace", "inpaint"): (
        "edit/search-and-replace",
        ["image"],
        {**SAID, "search_prompt": "the sea"},
    ),
    ("stable-image-outpaint", "outpaint"): (
        "edit/outpaint",
        ["image"],
        {
            **{name: SAID[name] for name in ("prompt", "seed", "style_preset")},
            **{"left": "64", "right": "0", "up": "32", "down": "0"},
        },
    ),
    ("stable-image-remove-background", "remove-background"): ("edit/remove-background", ["image"], {}),
    ("stable-image-upscale-fast", "upscale"): ("upscale/fast", ["image"], {}),
    ("stable-image-upscale-conservative", "upscale"): ("upscale/conservative", ["image"], PLAIN_TEXTS),
    ("stable-image-upscale-creative", "upscale"): ("upscale/creative", ["image"], SAID),
}


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_stability() as running:
        yield running


class TestWhatIsAskedFor:
    @pytest.mark.parametrize(("model", "operation"), ASKED)
    def test_each_service_is_told_what_it_knows_and_no_more(
        self, calls: Calls, model: str, operation: str, tmp_path: Path
    ) -> None:
        calls.submit(**vars(asked_of(model, operation, tmp_path)))
        received = calls.server.received[0]
        path, files, fields = ASKED[model, operation]
        form = form_of(received)
        assert (received.path, list(form.files)) == (PREFIX + path, files)
        assert form.fields == {**fields, "output_format": "png"}
        assert calls.server.violations == []

    def test_every_edit_of_the_catalogue_is_one_of_these_or_alike(self) -> None:
        asked = {SERVICES[model][operation].path for model, operation in ASKED}
        edits = [(model, operation) for model, operation in every_edit() if model != ENGINE]
        assert {SERVICES[model][operation].path for model, operation in edits} == asked

    # A variation is asked for as any other picture made from one.
    @pytest.mark.parametrize(("model", "operation"), [edit for edit in every_edit() if edit[1] != "variation"])
    def test_whatever_a_client_may_say_becomes_a_request_the_vendor_takes(
        self, calls: Calls, model: str, operation: str, tmp_path: Path
    ) -> None:
        calls.server.requests_per_window = 10_000
        row, sent = catalogue_rows()["stability", model], 0
        for built in edits_of(row, operation, calls.server.url, tmp_path):
            if PROMPT not in str(built.form):
                # Refused before anything is drawn, where no prompt can say so.
                calls.server.script("public-figure")
            assert calls.send(built).status == 422
            sent += 1
        assert (calls.server.violations, sent >= 12) == ([], True)

    @pytest.mark.parametrize(
        ("model", "strengths"),
        [
            # Ours: 0 keeps the picture, 1 disregards it.
            ("sd-3.5-large", {None: "0.65", 0.0: "0.0", 0.3: "0.3", 1.0: "1.0"}),
            ("sd-3.5-flash", {None: "0.95", 0.5: "0.5"}),
            ("stable-image-control-structure", {None: None, 0.0: "1.0", 0.3: "0.7", 1.0: "0.0"}),
            ("stable-image-control-style", {None: None, 0.9: "0.1"}),
            ("stable-image-style-transfer", {None: None, 0.0: "0.1", 1.0: "1.0"}),
            (ENGINE, {None: None, 0.0: "1.0", 0.3: "0.7", 1.0: "0.0"}),
        ],
    )
    def test_strength_goes_the_vendors_way(self, model: str, strengths: dict[float | None, str | None]) -> None:
        fields = {"strength", "control_strength", "fidelity", "change_strength", "image_strength"}
        for strength, told in strengths.items():
            request = asked_of(model, "image-to-image", Path(), strength=strength, inputs=())
            rules = catalogue_rows()["stability", model].limits["operations"]["image-to-image"]["inputs"]
            inputs = tuple(InputMedia(role, Path("a.png"), "image/png", 64, 64) for role in rules)
            form = StabilityAdapter(model).build_submit(replace(request, inputs=inputs)).form or {}
            assert {value for name, value in form.items() if name in fields} == ({told} if told else set())

    @pytest.mark.parametrize("model", ["sd-3.5-large", "stable-image-ultra", ENGINE])
    def test_a_variation_without_a_prompt_says_what_it_is(self, model: str) -> None:
        request = replace(PLAIN, model=model, operation="variation", prompt="", inputs=(media("image", SIZE),))
        form = StabilityAdapter(model).build_submit(request).form or {}
        name = "text_prompts[0][text]" if model == ENGINE else "prompt"
        assert form[name] == "A variation of this picture"

    def test_the_engine_gets_a_form_with_its_prompts_as_a_list(self, calls: Calls, tmp_path: Path) -> None:
        options = {"steps": 30, "cfgScale": 7, "sampler": "K_EULER", "stylePreset": "anime"}
        for operation, files in (("image-to-image", ["image"]), ("inpaint", ["image", "mask"])):
            inputs = tuple(media(role, (1024, 1024), tmp_path) for role in files)
            calls.submit(**vars(asked_of(ENGINE, operation, tmp_path, inputs=inputs, options=options, count=2)))
        changed, masked = (form_of(received) for received in calls.server.received)
        shared = {
            "text_prompts[0][text]": "a lighthouse at dawn",
            "text_prompts[0][weight]": "1",
            "text_prompts[1][text]": "people",
            "text_prompts[1][weight]": "-1",
            "samples": "2",
            "steps": "30",
            "cfg_scale": "7",
            "sampler": "K_EULER",
            "style_preset": "anime",
            "seed": "7",
        }
        assert (list(changed.files), list(masked.files)) == (["init_image"], ["init_image", "mask_image"])
        assert changed.fields == {**shared, "init_image_mode": "IMAGE_STRENGTH", "image_strength": "0.7"}
        assert masked.fields == {**shared, "mask_source": "MASK_IMAGE_WHITE"}
        assert [received.path.partition("v1-0/")[2] for received in calls.server.received] == [
            "image-to-image",
            "image-to-image/masking",
        ]
        assert calls.server.violations == []

    @pytest.mark.parametrize(
        ("model", "operation", "changes"),
        [
            ("sd-3.5-large", "inpaint", {}),
            ("stable-image-core", "image-to-image", {}),
            ("stable-image-inpaint", "inpaint", {"inputs": ()}),
            ("stable-image-search-and-replace", "inpaint", {"search": ""}),
            (ENGINE, "upscale", {}),
            (ENGINE, "inpaint", {"inputs": ()}),
        ],
    )
    def test_what_cannot_be_expressed_is_refused(self, model: str, operation: str, changes: dict[str, Any]) -> None:
        images = tuple(InputMedia(role, Path("a.png"), "image/png", 64, 64) for role in ("image",))
        request = replace(PLAIN, model=model, operation=operation, search="the sea", inputs=images)
        with pytest.raises(OptionUnsupported):
            StabilityAdapter(model).build_submit(replace(request, **changes))
