"""What a model cannot take is adapted and reported; under `strict` it is refused, field by field."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import OptionUnsupported
from providers.fitting import Fitted, Wanted, fit_request, wanted_from_params
from providers.models import ProviderModel
from providers.sizes import delivered_size, drawn_size, size_fitting
from providers.wording import in_vendors_words

LIST = {"kind": "list", "values": ["1024x1024", "1792x1024", "1024x1792"]}
FREE = {"kind": "free", "minimum_side": 64, "maximum_side": 2048, "multiple": 8}
BOUNDED = {
    "kind": "free",
    "minimum_side": 256,
    "maximum_side": 3840,
    "multiple": 16,
    "minimum_pixels": 655_360,
    "maximum_pixels": 8_294_400,
    "maximum_ratio": 3,
}
PLAIN: dict[str, Any] = {
    "prompt_length": 20,
    "outputs_per_call": 1,
    "default_size": "1024x1024",
    "size": LIST,
    "qualities": {"standard": "standard"},
}
RICH: dict[str, Any] = {
    "prompt_length": 20,
    "negative_prompt_length": 20,
    "outputs_per_call": 4,
    "default_size": "1024x768",
    "size": FREE,
    "qualities": {"standard": "medium", "hd": "high"},
    "seed": {"minimum": 0, "maximum": 100},
    "options": {
        "steps": {"kind": "integer", "minimum": 1, "maximum": 50},
        "cfgScale": {"kind": "number", "minimum": 1, "maximum": 10},
        "sampler": {"kind": "choice", "values": ["euler", "ddim"]},
    },
}

WORDY: dict[str, Any] = {
    **PLAIN,
    "negative_prompt_length": 20,
    "qualities": {"standard": "medium", "hd": "high"},
    "options": {
        "steps": {"kind": "integer", "minimum": 1, "maximum": 50},
        "sampler": {"kind": "choice", "values": ["euler", "ddim"], "words": {"euler": "K_EULER"}},
        "style": {"kind": "phrase", "phrases": {"vivid": "in neon"}},
    },
}


def fit(limits: dict[str, Any], *, strict: bool = False, **wanted: Any) -> Fitted:
    model = ProviderModel(provider_id="sim", name="model", limits=limits)
    return fit_request(model, Wanted(**{"prompt": "a boat", **wanted}), strict=strict)


def changed(fitted: Fitted) -> dict[str, tuple[Any, Any]]:
    assert all(change["reason"] for change in fitted.adaptations)
    return {change["field"]: (change["requested"], change["used"]) for change in fitted.adaptations}


def test_what_fits_is_passed_on_and_nothing_is_reported() -> None:
    fitted = fit(
        RICH,
        strict=True,
        negative_prompt="fog",
        width=640,
        height=480,
        quality="hd",
        seed=7,
        steps=30,
        cfg_scale=Decimal("7.5"),
        sampler="ddim",
    )
    assert fitted.adaptations == []
    assert fitted.calls == 4
    assert fitted.params == {
        "prompt": "a boat",
        "negativePrompt": "fog",
        "width": 640,
        "height": 480,
        "quality": "hd",
        "seed": 7,
        "options": {"steps": 30, "cfgScale": 7.5, "sampler": "ddim"},
    }


def test_what_was_not_said_takes_the_models_default_and_is_no_adaptation() -> None:
    fitted = fit(RICH, strict=True)
    assert fitted.params == {"prompt": "a boat", "width": 1024, "height": 768, "quality": "standard"}


def test_what_a_model_does_not_have_is_left_out_and_reported() -> None:
    fitted = fit(PLAIN, negative_prompt="fog", quality="hd", seed=7, steps=30, style="vivid")
    assert changed(fitted) == {
        "negativePrompt": ("fog", None),
        "quality": ("hd", "standard"),
        "seed": (7, None),
        "steps": (30, None),
        "style": ("vivid", None),
    }
    assert fitted.params == {"prompt": "a boat", "width": 1024, "height": 1024, "quality": "standard"}


def test_what_is_out_of_range_goes_to_the_nearest_value() -> None:
    fitted = fit(RICH, steps=90, cfg_scale=Decimal("0.5"), sampler="eular", seed=101, width=650, height=477)
    assert changed(fitted) == {
        "steps": (90, 50),
        "cfgScale": (0.5, 1),
        "sampler": ("eular", "euler"),
        "seed": (101, 100),
        "size": ("650x477", "648x480"),
    }


@pytest.mark.parametrize(
    ("asked", "drawn", "made"),
    [
        ((512, 512), (1024, 1024), "scaled"),
        ((2048, 2048), (1024, 1024), "scaled"),
        ((1792, 1000), (1792, 1024), "cropped"),
        ((1024, 1024), None, ""),
        ((1920, 1080), (1792, 1024), "cropped and scaled"),
        ((1000, 1790), (1024, 1792), "cropped and scaled"),
    ],
)
def test_the_size_asked_for_is_delivered_from_the_one_that_is_drawn(
    asked: tuple[int, int], drawn: tuple[int, int] | None, made: str
) -> None:
    fitted = fit(PLAIN, width=asked[0], height=asked[1])
    assert delivered_size(fitted.params) == asked
    assert drawn_size(fitted.params) == (drawn or asked)
    assert ("drawn" in fitted.params) is (drawn is not None)
    reasons = [entry["reason"] for entry in fitted.adaptations]
    if drawn is None:
        assert reasons == []
    else:
        (width, height), (drawn_width, drawn_height) = asked, drawn
        assert reasons == [f"This model draws {drawn_width}x{drawn_height}; the picture is {made} to {width}x{height}."]


def test_one_side_alone_means_a_square() -> None:
    assert delivered_size(fit(PLAIN, height=512).params) == (512, 512)


def test_a_request_without_a_size_has_none_to_be_drawn_or_delivered() -> None:
    fitted = fit({name: rule for name, rule in PLAIN.items() if name != "size"})
    assert (drawn_size(fitted.params), delivered_size(fitted.params)) == (None, None)


def test_a_choice_without_a_neighbour_is_left_out() -> None:
    assert changed(fit(RICH, sampler="???")) == {"sampler": ("???", None)}


def test_a_long_prompt_is_cut_and_says_so() -> None:
    fitted = fit(PLAIN, prompt="x" * 25)
    assert fitted.params["prompt"] == "x" * 20
    assert "prompt" in changed(fitted)


def test_strict_refuses_every_misfit_by_name_with_what_is_allowed() -> None:
    with pytest.raises(OptionUnsupported) as caught:
        fit(PLAIN, strict=True, width=1000, height=1000, quality="hd", seed=1)
    errors = {error.field: error for error in caught.value.errors}
    assert set(errors) == {"width", "height", "quality", "seed"}
    assert errors["width"].allowed == LIST["values"]
    assert errors["width"].nearest == 1024
    assert errors["quality"].allowed == ["standard"]


def test_a_fitted_request_can_be_wished_for_again() -> None:
    fitted = fit(RICH, negative_prompt="fog", width=640, height=480, seed=7, steps=30, cfg_scale=Decimal(3))
    again = wanted_from_params(fitted.params, count=3)
    assert again.count == 3
    model = ProviderModel(provider_id="sim", name="model", limits=RICH)
    assert fit_request(model, again, strict=True).params == fitted.params


def test_a_size_that_was_adapted_is_adapted_alike_when_wished_for_again() -> None:
    params = fit(PLAIN, width=512, height=500).params
    assert fit(PLAIN, width=512, height=500).params == params
    model = ProviderModel(provider_id="sim", name="model", limits=PLAIN)
    assert fit_request(model, wanted_from_params(params, count=1), strict=False).params == params


def test_the_provider_is_told_its_own_words_and_the_size_it_draws() -> None:
    fitted = fit(WORDY, width=512, height=512, quality="hd", negative_prompt="fog", steps=30, sampler="euler")
    assert fitted.params["options"] == {"steps": 30, "sampler": "euler"}
    assert in_vendors_words(WORDY, fitted.params) == {
        "prompt": "a boat",
        "negative_prompt": "fog",
        "width": 1024,
        "height": 1024,
        "quality": "high",
        "options": {"steps": 30, "sampler": "K_EULER"},
    }


def test_what_a_catalogue_has_no_words_for_is_told_as_it_is() -> None:
    assert in_vendors_words({}, {"prompt": "a boat", "options": {"steps": 3}}) == {
        "prompt": "a boat",
        "negative_prompt": "",
        "width": None,
        "height": None,
        "quality": "standard",
        "options": {"steps": 3},
    }


def test_a_value_with_a_phrase_is_said_in_the_prompt() -> None:
    fitted = fit(WORDY, style="vivid")
    assert fitted.params["prompt"] == "a boat, in neon"
    assert "options" not in fitted.params
    assert changed(fitted) == {"style": ("vivid", "in neon")}
    with pytest.raises(OptionUnsupported) as caught:
        fit(WORDY, style="vivid", strict=True)
    assert [(error.field, error.nearest) for error in caught.value.errors] == [("style", None)]


@pytest.mark.parametrize(("style", "prompt"), [("vivid", "a boat at dawn"), ("wild", "a boat")])
def test_a_phrase_that_has_no_room_or_is_not_known_is_left_out(style: str, prompt: str) -> None:
    fitted = fit(WORDY, style=style, prompt=prompt)
    assert fitted.params["prompt"] == prompt
    assert changed(fitted) == {"style": (style, None)}


def retired(**successor: Any) -> ProviderModel:
    return ProviderModel(
        provider_id="sim", name="old", retires_at=date(2026, 5, 12), limits={**PLAIN, "successor": successor}
    )


def succeed(old: ProviderModel, *, strict: bool = False, **wanted: Any) -> Fitted:
    model = ProviderModel(provider_id="sim", name="new", limits={**RICH, "qualities": {"standard": "m", "top": "t"}})
    return fit_request(model, Wanted(**{"prompt": "a boat", **wanted}), strict=strict, in_place_of=old)


def test_a_model_in_place_of_a_retired_one_is_told() -> None:
    fitted = succeed(retired())
    assert changed(fitted) == {"model": ("old", "new")}
    assert fitted.adaptations[0]["reason"] == "old was retired on 2026-05-12; new takes its place."
    with pytest.raises(OptionUnsupported) as caught:
        succeed(retired(), strict=True)
    assert [(error.field, error.nearest) for error in caught.value.errors] == [("model", "new")]


def test_a_retired_name_brings_its_own_words_along() -> None:
    old = retired(qualities={"standard": "top"}, options={"style": {"kind": "phrase", "phrases": {"vivid": "in neon"}}})
    assert changed(succeed(old, quality="standard", style="vivid", sampler="ddim")) == {
        "model": ("old", "new"),
        "quality": ("standard", "top"),
        "style": ("vivid", "in neon"),
    }
    # What was not said takes the same way without being told.
    assert succeed(old).params["quality"] == "top"
    assert "quality" not in changed(succeed(old))
    # The model's own words hold beside them.
    assert succeed(old, quality="top").params["quality"] == "top"
    assert changed(succeed(old, style="wild"))["style"] == ("wild", None)


@pytest.mark.parametrize(
    ("wanted", "used"),
    [((1024, 1024), (1024, 1024)), ((512, 512), (1024, 1024)), ((1920, 1080), (1792, 1024)), ((9, 16), (1024, 1792))],
)
def test_the_nearest_listed_size_has_the_nearest_shape(wanted: tuple[int, int], used: tuple[int, int]) -> None:
    assert size_fitting(LIST, *wanted) == used


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([FREE, BOUNDED, {**BOUNDED, "minimum_side": 64, "maximum_pixels": 4_194_304}]),
    st.integers(1, 10_000),
    st.integers(1, 10_000),
)
def test_a_size_on_a_grid_keeps_every_bound(limits: dict[str, Any], width: int, height: int) -> None:
    used = size_fitting(limits, width, height)
    pixels = used[0] * used[1]
    assert all(side % limits["multiple"] == 0 for side in used)
    assert all(limits["minimum_side"] <= side <= limits["maximum_side"] for side in used)
    assert limits.get("minimum_pixels", 0) <= pixels <= limits.get("maximum_pixels", pixels)
    assert max(used) / min(used) <= limits.get("maximum_ratio", 64)
    assert (used[0] >= used[1]) is (width >= height) or used[0] == used[1]
    assert size_fitting(limits, *used) == used
