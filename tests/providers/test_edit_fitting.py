"""Requests that work on pictures, brought within a model's limits: what is sent, drawn and delivered."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencraft_media.common.errors import InvalidRequest
from providers.edit_sizes import size_sent
from providers.errors import OptionUnsupported
from providers.fitting import Fitted, Wanted, fit_request, wanted_from_params
from providers.models import ProviderModel
from providers.sizes import delivered_size, drawn_size
from providers.types import Margins
from providers.wanted import InputFacts
from providers.wording import in_vendors_words, sent_size, sent_sizes

ANY_SIZE = {"kind": "free", "minimum_side": 256, "maximum_side": 2048, "multiple": 16}
IMAGE = {"image": {"minimum": 1, "maximum": 2, "maximum_side": 2000, "maximum_pixels": 4_000_000}}
LIMITS: dict[str, Any] = {
    "default_size": "1024x1024",
    "size": ANY_SIZE,
    "operations": {
        "image-to-image": {
            "inputs": {**IMAGE, "style": {"maximum": 1}},
            "strength": {"minimum": 0.1, "maximum": 0.9},
        },
        "variation": {"inputs": IMAGE, "size": {"kind": "same"}, "prompt": "optional"},
        "inpaint": {"inputs": {**IMAGE, "mask": {"minimum": 1, "edits": "white"}}, "size": {"kind": "same"}},
        "outpaint": {"inputs": IMAGE, "size": {"kind": "margins", "maximum": 1000}, "prompt": "optional"},
        "upscale": {
            "inputs": IMAGE,
            "size": {"kind": "factor", "values": [4], "maximum_pixels": 16_000_000},
            "factor": [2, 4, 8],
            "prompt": "none",
        },
        "remove-background": {"inputs": IMAGE, "size": {"kind": "same"}, "prompt": "none"},
    },
}
MODEL = ProviderModel(provider_id="other", name="painter", limits=LIMITS)


def picture(width: int = 1000, height: int = 800, role: str = "image") -> InputFacts:
    return InputFacts(role, width, height, {"assetId": "a"})


def fitted(operation: str, *inputs: InputFacts, strict: bool = False, **fields: Any) -> Fitted:
    wanted = Wanted(**{"prompt": "A boat", **fields}, inputs=inputs)
    return fit_request(MODEL, wanted, strict=strict, operation=operation)


def refused(operation: str, *inputs: InputFacts, **fields: Any) -> list[tuple[str, str]]:
    """Field and code of each complaint."""
    with pytest.raises((InvalidRequest, OptionUnsupported)) as refusal:
        fitted(operation, *inputs, **fields)
    return [(error.field, error.code) for error in refusal.value.errors]


def sizes(found: Fitted) -> tuple[Any, Any, Any]:
    """What is sent, drawn and delivered."""
    return sent_size(found.params), drawn_size(found.params), delivered_size(found.params)


def test_a_picture_within_bounds_keeps_its_size_all_the_way() -> None:
    found = fitted("remove-background", picture(), prompt="")
    assert sizes(found) == ((1000, 800),) * 3
    assert found.adaptations == []


def test_a_picture_that_is_too_large_is_sent_smaller_and_delivered_as_it_was() -> None:
    found = fitted("variation", picture(4000, 3000), prompt="")
    assert sizes(found) == ((2000, 1500), (2000, 1500), (4000, 3000))
    assert [(change["field"], change["requested"], change["used"]) for change in found.adaptations] == [
        ("image", "4000x3000", "2000x1500")
    ]


def test_under_strict_a_picture_that_is_too_large_is_refused_with_the_size_it_may_have() -> None:
    with pytest.raises(OptionUnsupported) as refusal:
        fitted("variation", picture(4000, 3000), strict=True)
    assert [(error.field, error.nearest) for error in refusal.value.errors] == [("image", "2000x1500")]


@given(
    width=st.integers(1, 12_000),
    height=st.integers(1, 12_000),
    side=st.integers(64, 4000),
    pixels=st.integers(65_536, 20_000_000),
)
def test_a_picture_is_sent_within_every_upper_bound_and_untouched_where_it_is_within_them(
    width: int, height: int, side: int, pixels: int
) -> None:
    sent = size_sent({"maximum_side": side, "maximum_pixels": pixels}, (width, height))
    assert max(sent) <= side and sent[0] * sent[1] <= pixels and min(sent) >= 1
    if max(width, height) <= side and width * height <= pixels:
        assert sent == (width, height)


def test_a_picture_that_is_too_small_is_sent_larger() -> None:
    assert size_sent({"minimum_side": 64}, (32, 48)) == (64, 96)


def test_extending_adds_the_margins_to_what_is_drawn_and_delivered() -> None:
    found = fitted("outpaint", picture(), margins=Margins(left=200, down=100), prompt="")
    assert sizes(found) == ((1000, 800), (1200, 900), (1200, 900))
    assert in_vendors_words(LIMITS, found.params)["margins"] == Margins(left=200, down=100)


def test_a_target_size_extends_the_picture_evenly() -> None:
    found = fitted("outpaint", picture(), width=1101, height=900)
    assert found.params["margins"] == {"left": 50, "right": 51, "up": 50, "down": 50}
    assert delivered_size(found.params) == (1101, 900)


def test_margins_beyond_the_models_are_reached_by_sending_the_picture_smaller() -> None:
    found = fitted("outpaint", picture(), margins=Margins(right=2000))
    assert sizes(found) == ((500, 400), (1500, 400), (3000, 800))
    assert in_vendors_words(LIMITS, found.params)["margins"] == Margins(right=1000)


def test_extending_by_nothing_or_to_less_is_refused_by_name() -> None:
    assert refused("outpaint", picture()) == [(side, "required") for side in ("left", "right", "up", "down")]
    assert refused("outpaint", picture(), width=900) == [("width", "min_value")]


@pytest.mark.parametrize(
    ("factor", "steps"),
    [
        (2, [{"factor": 4, "by": "model"}, {"factor": 0.5, "by": "engine"}]),
        (4, [{"factor": 4, "by": "model"}]),
        (8, [{"factor": 4, "by": "model"}, {"factor": 2, "by": "engine"}]),
    ],
)
def test_an_enlargement_is_the_models_own_and_the_rest_the_engines(factor: int, steps: list[dict[str, Any]]) -> None:
    found = fitted("upscale", picture(500, 400), factor=factor, prompt="")
    assert sizes(found) == ((500, 400), (2000, 1600), (500 * factor, 400 * factor))
    assert found.steps == steps
    assert in_vendors_words(LIMITS, found.params)["factor"] == 4
    assert fitted("upscale", picture(500, 400), factor=factor, prompt="", strict=True).steps == steps


def test_an_enlargement_beyond_the_models_largest_result_is_sent_smaller() -> None:
    sent, drawn, delivered = sizes(fitted("upscale", picture(2000, 1000), factor=4, prompt=""))
    assert delivered == (8000, 4000)
    assert drawn == (sent[0] * 4, sent[1] * 4) and drawn[0] * drawn[1] <= 16_000_000


def test_a_smaller_factor_of_the_model_is_taken_before_the_picture_is_made_smaller() -> None:
    size = {"kind": "factor", "values": [2, 4], "maximum_pixels": 4_000_000}
    limits = {**LIMITS, "operations": {"upscale": {**LIMITS["operations"]["upscale"], "size": size}}}
    model = ProviderModel(provider_id="other", name="painter", limits=limits)
    found = fit_request(model, Wanted("", inputs=(picture(),), factor=4), strict=True, operation="upscale")
    assert sizes(found) == ((1000, 800), (2000, 1600), (4000, 3200))
    assert [step["factor"] for step in found.steps] == [2, 2]


def test_a_factor_that_is_not_offered_and_a_result_beyond_all_bounds_are_refused() -> None:
    assert refused("upscale", picture(), factor=3) == [("factor", "unsupported")]
    assert refused("upscale", picture(2000, 2000), factor=8) == [("width", "max_value"), ("height", "max_value")]


def test_a_repainted_picture_has_the_shape_of_the_first_and_the_usual_area() -> None:
    found = fitted("image-to-image", picture(4000, 2000))
    assert delivered_size(found.params) == drawn_size(found.params) == (1440, 720)
    assert sent_size(found.params) == (2000, 1000)


def test_a_repainted_picture_has_the_size_that_is_asked_for() -> None:
    assert sizes(fitted("image-to-image", picture(), width=512, height=512))[1:] == ((512, 512), (512, 512))


def test_one_side_alone_keeps_the_shape_of_the_picture() -> None:
    assert delivered_size(fitted("variation", picture(), width=500).params) == (500, 400)


def test_what_an_operation_cannot_do_without_is_named() -> None:
    assert refused("image-to-image") == [("image", "required")]
    assert refused("inpaint", picture()) == [("mask", "required")]
    assert refused("image-to-image", picture(), prompt=" ") == [("prompt", "required")]
    assert fitted("variation", picture(), prompt="").params["prompt"] == ""


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    assert refused("inpaint", picture(), picture(500, 400, "mask")) == [("mask", "size")]
    assert fitted("inpaint", picture(), picture(role="mask")).params["inputs"][1]["role"] == "mask"


def test_a_picture_or_mask_that_the_operation_has_no_use_for_is_refused_rather_than_left_out() -> None:
    assert refused("text-to-image", picture()) == [("image", "unsupported")]
    assert refused("variation", picture(), picture(role="mask")) == [("mask", "unsupported")]


def test_further_pictures_than_the_model_takes_are_left_out_and_reported() -> None:
    found = fitted("image-to-image", picture(), picture(), picture())
    assert [change["field"] for change in found.adaptations] == ["image"]
    assert len(found.params["inputs"]) == 2


def test_every_picture_that_is_sent_counts_for_the_price_as_it_is_sent() -> None:
    found = fitted("image-to-image", picture(4000, 2000), picture(3000, 3000), picture(role="style"))
    assert sent_sizes(found.params) == [(2000, 1000), (2000, 2000), (1000, 800)]


def test_strength_is_brought_within_the_models_and_left_out_where_there_is_none() -> None:
    assert fitted("image-to-image", picture(), strength=1.0).params["strength"] == 0.9
    found = fitted("variation", picture(), strength=0.5)
    assert "strength" not in found.params and found.adaptations[0]["field"] == "strength"


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("image-to-image", {"strength": 0.4}),
        ("outpaint", {"margins": Margins(up=2000)}),
        ("upscale", {"factor": 8, "prompt": ""}),
        ("remove-background", {"prompt": ""}),
    ],
)
def test_a_fitted_request_asked_again_is_fitted_to_the_same(operation: str, fields: dict[str, Any]) -> None:
    first = fitted(operation, picture(600, 500), **fields)
    again = wanted_from_params(first.params, count=1)
    assert fit_request(MODEL, replace(again, inputs=(picture(600, 500),)), strict=False, operation=operation) == first
