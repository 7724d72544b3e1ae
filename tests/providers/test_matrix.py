"""Every size and setting of the specification, for each of its model names: taken, and every change told."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from assets.imaging.shaping import shaped
from billing.errors import PriceUnknown
from billing.pricefile import load_price_lines
from billing.quotes import quote_price
from providers.errors import OptionUnsupported
from providers.fitting import Fitted, Wanted, fit_request, wanted_from_params
from providers.models import ProviderModel
from providers.selectors import Found, resolve_model
from providers.sizes import drawn_size, size_fitting
from providers.wording import in_vendors_words
from tests.providers.catalogue_rows import SPECIFICATION_MODELS, catalogue_rows

PROMPT = "A lighthouse at dawn"
SIDES = (512, 768, 1024, 1536, 2048)
SIZES = list(itertools.product(SIDES, SIDES))
STEPS = (20, 30, 50)
CFG_SCALES = (0, 1, 4, 7.5, 35)
SAMPLERS = ("euler", "ddpm", "ddim", "lms")
STYLE_PRESETS = (
    "enhance", "anime", "photographic", "digital-art", "comic-book", "fantasy-art", "line-art", "analog-film",
    "neon-punk", "isometric", "low-poly", "origami", "modeling-compound", "cinematic", "3d-model", "pixel-art",
    "tile-texture",
)  # fmt: skip
QUALITIES = ("standard", "hd")
STYLES = ("vivid", "natural")
# Option of a request -> the same in `Wanted`.
OPTIONS = {
    "steps": "steps",
    "cfgScale": "cfg_scale",
    "sampler": "sampler",
    "stylePreset": "style_preset",
    "style": "style",
}
# Stability's own words for samplers, of the vendor's v1 document (read 2026-11-22).
SAMPLER_WORDS = {"K_EULER": "euler", "DDPM": "ddpm", "DDIM": "ddim", "K_LMS": "lms"}
# What each name runs as today.
SERVED_BY = {
    "sd-xl-1.0": "sd-xl-1.0",
    "sd-3.0": "sd-3.5-large",
    "sd-3.5-large": "sd-3.5-large",
    "sd-3.5-turbo": "sd-3.5-turbo",
    "dall-e-3": "gpt-image-2.5-sunburst",
    "flux-pro": "flux-pro-1.1",
    "flux-dev": "flux-dev",
    "flux-schnell": "flux-3-image-klein",
}


def cells() -> Iterator[Wanted]:
    """Every size with all settings but preset and cfgScale, every size with every preset, two sizes with all of these.

    The whole product has 816,000 cells; a field is fitted by itself, and any two values of two fields meet here.
    """
    products = (
        (SIZES, STEPS, SAMPLERS, QUALITIES, STYLES, ["turns"], ["turns"]),
        (SIZES, ["turns"], ["turns"], ["turns"], ["turns"], STYLE_PRESETS, ["turns"]),
        ([(1024, 1024), (512, 2048)], STEPS, SAMPLERS, ["turns"], ["turns"], STYLE_PRESETS, CFG_SCALES),
    )
    values: tuple[Sequence[Any], ...] = ((), STEPS, SAMPLERS, QUALITIES, STYLES, STYLE_PRESETS, CFG_SCALES)
    for product in products:
        # Whatever is not multiplied takes turns.
        turns = [itertools.cycle(found) for found in values]
        for cell in itertools.product(*product):
            size, steps, sampler, quality, style, preset, cfg_scale = (
                next(turn) if value == "turns" else value for value, turn in zip(cell, turns, strict=True)
            )
            yield Wanted(
                prompt=PROMPT,
                width=size[0],
                height=size[1],
                quality=quality,
                steps=steps,
                cfg_scale=cfg_scale,
                sampler=sampler,
                style_preset=preset,
                style=style,
            )


CELLS = list(cells())


def found(name: str) -> Found:
    """What `resolve_model` says of a name, without a database."""
    provider, rows = SPECIFICATION_MODELS[name], catalogue_rows()
    row = named = rows[provider, name]
    while row.retires_at is not None and row.retires_at <= timezone.now().date():
        row = rows[provider, row.replaced_by]
    return Found(row, None if row is named else named)


def fit(name: str, wanted: Wanted, *, strict: bool = False) -> Fitted:
    served = found(name)
    return fit_request(served.model, wanted, strict=strict, in_place_of=served.in_place_of)


def differences(name: str, wanted: Wanted, model: ProviderModel, told: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each field whose value reaches the provider changed: what was asked and what is used, None for nothing."""
    assert told["prompt"].startswith(PROMPT)
    asked_and_used = {
        "model": (name, model.name),
        "size": (f"{wanted.width}x{wanted.height}", f"{told['width']}x{told['height']}"),
        "quality": (wanted.quality, told["quality"]),
    }
    for option, attribute in OPTIONS.items():
        used = told["options"].get(option)
        asked_and_used[option] = getattr(wanted, attribute), SAMPLER_WORDS.get(used, used)
    if told["prompt"] != PROMPT:
        asked_and_used["style"] = wanted.style, told["prompt"].removeprefix(f"{PROMPT}, ")
    return {field: pair for field, pair in asked_and_used.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("name", SPECIFICATION_MODELS)
def test_every_request_of_the_specification_is_taken_and_every_change_is_told(name: str) -> None:
    model = found(name).model
    for wanted in CELLS:
        fitted = fit(name, wanted)
        told = in_vendors_words(model.limits, fitted.params)
        assert (fitted.params["width"], fitted.params["height"]) == (wanted.width, wanted.height)
        listed = {entry["field"]: (entry["requested"], entry["used"]) for entry in fitted.adaptations}
        assert listed == differences(name, wanted, model, told), wanted
        assert len(listed) == len(fitted.adaptations)
        assert all(entry["reason"].endswith(".") for entry in fitted.adaptations)


@pytest.mark.parametrize("name", SPECIFICATION_MODELS)
def test_strict_refuses_exactly_what_would_be_changed_and_names_the_nearest(name: str) -> None:
    for wanted in CELLS:
        expected = {entry["field"]: entry["used"] for entry in fit(name, wanted).adaptations}
        if "size" in expected:
            sides = zip(("width", "height"), map(int, expected.pop("size").split("x")), strict=True)
            expected |= {side: nearest for side, nearest in sides if getattr(wanted, side) != nearest}
        if expected.get("style"):
            # What the prompt says instead is no value of the field.
            expected["style"] = None
        refused: dict[str, Any] = {}
        try:
            fit(name, wanted, strict=True)
        except OptionUnsupported as error:
            refused = {misfit.field: misfit.nearest for misfit in error.errors}
            assert (error.http_status, len(refused)) == (422, len(error.errors))
        assert refused == expected, wanted


@pytest.mark.parametrize("name", SPECIFICATION_MODELS)
def test_what_was_fitted_can_be_asked_of_the_same_model_again(name: str) -> None:
    model = found(name).model
    for wanted in CELLS[::7]:
        params = fit(name, wanted).params
        again = fit_request(model, wanted_from_params(params, count=1), strict=False)
        assert again.params == params
        assert {entry["field"] for entry in again.adaptations} <= {"size"}


@pytest.mark.parametrize("name", SPECIFICATION_MODELS)
def test_the_size_that_is_drawn_is_one_of_the_models_own(name: str) -> None:
    limits = found(name).model.limits["size"]
    for asked, drawn in drawn_for(name).items():
        assert size_fitting(limits, *drawn) == drawn, asked


def test_what_is_drawn_is_delivered_at_exactly_the_size_asked() -> None:
    pairs = {(drawn, asked) for name in SPECIFICATION_MODELS for asked, drawn in drawn_for(name).items()}
    for drawn, asked in sorted(pairs):
        assert shaped(Image.new("L", drawn), asked).size == asked


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_name_runs_as_the_model_it_is_said_to_run_as() -> None:
    for name, provider in SPECIFICATION_MODELS.items():
        served = resolve_model(provider, name, operation="text-to-image")
        assert served.model.name == SERVED_BY[name]
        assert (served.in_place_of and served.in_place_of.name) == (None if SERVED_BY[name] == name else name)
        assert served.model.limits == found(name).model.limits


@pytest.mark.django_db
def test_every_size_that_is_drawn_has_a_price() -> None:
    load_price_lines()
    unpriced = set()
    for name, provider in SPECIFICATION_MODELS.items():
        model = found(name).model
        for quality, (width, height) in itertools.product(qualities_of(name), set(drawn_for(name).values())):
            try:
                quote_price(
                    provider=provider,
                    model=model.name,
                    operation="text-to-image",
                    width=width,
                    height=height,
                    quality=quality,
                )
            except PriceUnknown:
                unpriced.add((name, model.name, f"{width}x{height}", quality))
    assert unpriced == set()


@functools.cache
def drawn_for(name: str) -> dict[tuple[int, int], tuple[int, int]]:
    """For each size of the specification the one that the model draws for it."""
    drawn = {}
    for width, height in SIZES:
        size = drawn_size(fit(name, Wanted(prompt=PROMPT, width=width, height=height)).params)
        assert size is not None
        drawn[width, height] = size
    return drawn


def qualities_of(name: str) -> set[str]:
    """The words under which the name's qualities are asked for and priced."""
    return {fit(name, Wanted(prompt=PROMPT, quality=quality)).params["quality"] for quality in QUALITIES}
