"""What a client says about who shall make it, and that all of it is kept for a fallback."""

import json
from dataclasses import fields
from decimal import Decimal

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from gencraft_media.generation.routing.wishes import RoutingWish, kept_wish, restored_wish, wish_for
from providers.types import Margins
from providers.wanted import InputFacts, Wanted

EVERYTHING = Wanted(
    prompt="A lighthouse",
    negative_prompt="fog",
    width=1000,
    height=700,
    quality="hd",
    steps=30,
    cfg_scale=7.5,
    sampler="euler",
    seed=0,
    style_preset="anime",
    style="vivid",
    background="transparent",
    moderation="low",
    partial_images=2,
    count=3,
    inputs=(InputFacts("image", 640, 480, {"assetId": "a"}), InputFacts("mask", 640, 480, {})),
    strength=0.0,
    margins=Margins(left=10, down=20),
    factor=4,
    search="a boat",
    mask_mode="white",
    usual_quality="hd",
    longest_side=2048,
)


def through_json(wish: RoutingWish, wanted: Wanted) -> tuple[RoutingWish, Wanted]:
    """A wish after it was written into a row and read again."""
    document = json.dumps(kept_wish(wish, operation="inpaint", wanted=wanted, strict=True), cls=DjangoJSONEncoder)
    kept = restored_wish(json.loads(document))
    assert (kept.operation, kept.strict) == ("inpaint", True)
    return kept.wish, kept.wanted


def test_everything_that_can_be_wanted_is_kept() -> None:
    assert all(getattr(EVERYTHING, field.name) != field.default for field in fields(Wanted)), "a field was added"
    wish = RoutingWish(("flux", "openai/gpt-image-2"), None, "best", Decimal("0.0001"), 12.5, ("flux",), ("sim",), True)
    assert through_json(wish, EVERYTHING) == (wish, EVERYTHING)


def test_what_was_not_said_stays_unsaid() -> None:
    assert through_json(RoutingWish(), Wanted("")) == (RoutingWish(), Wanted(""))
    assert kept_wish(RoutingWish(), operation="upscale", wanted=Wanted(""), strict=False)["wanted"] == {"prompt": ""}


@pytest.mark.parametrize(
    ("wish", "explicit", "default"),
    [
        (wish_for(), False, False),
        (wish_for("openai"), False, True),
        (wish_for("custom"), False, False),
        (wish_for("openai", "gpt-image-2"), True, False),
        (wish_for("auto", "gpt-image-2"), True, False),
        (wish_for("openai/gpt-image-2"), True, False),
        (wish_for(("openai", "flux")), False, False),
        (RoutingWish(("openai",), strategy="best"), False, False),
        (RoutingWish(("openai",), max_cost=Decimal(1)), False, False),
        (RoutingWish(("openai",), max_seconds=3), False, False),
        (RoutingWish(("openai",), deny=("flux",)), False, True),
    ],
)
def test_what_names_one_model_is_told_from_what_leaves_a_choice(
    wish: RoutingWish, explicit: bool, default: bool
) -> None:
    assert (wish.is_explicit, wish.means_default()) == (explicit, default)


def test_a_strategy_of_the_settings_chooses_among_the_models_of_a_provider() -> None:
    assert wish_for("flux").means_default("")
    assert not wish_for("flux").means_default("best")
