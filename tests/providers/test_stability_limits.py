"""What Stability's rows say of its operations, and what becomes of pictures and wishes that do not fit."""

from typing import Any

import pytest

from providers.adapters.stability.engines import ENGINES
from providers.adapters.stability.services import SERVICES
from providers.errors import OptionUnsupported
from providers.fitting import Fitted, Wanted, fit_request
from providers.operations import Operation, limits_for
from providers.types import InputRole, Margins
from providers.wanted import InputFacts
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.stability.requests import every_model

PICTURES = ("image-to-image", "variation")
# The specification's names; what an old name keeps is done by the model that took its place.
SPECIFIED = {
    "sd-xl-1.0": ["text-to-image", *PICTURES, "inpaint"],
    "sd-3.0": ["text-to-image", *PICTURES],
    "sd-3.5-large": ["text-to-image", *PICTURES],
    "sd-3.5-turbo": ["text-to-image", *PICTURES],
}
# Model -> most pixels, longest shape (None: any), as the vendor documents them or as little as its results hold.
BOUNDS: dict[str, tuple[int, float | None]] = {
    "stable-image-inpaint": (4_194_304, None),
    "stable-image-erase": (4_194_304, None),
    "stable-image-search-and-replace": (4_194_304, 2.5),
    "stable-image-outpaint": (4_194_304, 2.5),
    "stable-image-remove-background": (4_194_304, None),
    "stable-image-upscale-fast": (1_048_576, None),
    "stable-image-upscale-conservative": (1_048_576, 2.5),
    "stable-image-upscale-creative": (1_048_576, None),
    "stable-image-control-structure": (9_437_184, 2.5),
    "stable-image-control-sketch": (9_437_184, 2.5),
    "stable-image-style-transfer": (1_048_576, 2.5),
}


def fitted(model: str, operation: str, size: tuple[int, int], **wishes: Any) -> Fitted:
    """A request to work on a picture of this size."""
    row = catalogue_rows()["stability", model]
    rules = limits_for(row.limits, operation)["inputs"]
    wishes.setdefault("inputs", tuple(InputFacts(role, *size, source={}) for role in rules))
    return fit_request(row, Wanted("a lighthouse", **wishes), strict=False, operation=operation)


def test_the_rows_offer_what_the_adapter_can_ask_for() -> None:
    offered = {row.name: row.operations for row in every_model()}
    assert {name: sorted(operations) for name, operations in offered.items() if name not in ENGINES} == {
        name: sorted(services) for name, services in SERVICES.items()
    }
    assert {name: offered[name] for name in SPECIFIED} == SPECIFIED


def test_every_operation_on_a_picture_says_what_it_takes() -> None:
    for row in every_model():
        for operation in set(row.operations) - {Operation.TEXT_TO_IMAGE}:
            rules = limits_for(row.limits, operation)["inputs"]
            pictures = [rule for role, rule in rules.items() if role != InputRole.MASK]
            assert pictures and all(rule["formats"] == ["png", "jpeg"] for rule in pictures), (row.name, operation)
            # With a mask and the texts within the 10 MiB that the vendor reads.
            assert sum(rule["maximum_bytes"] for rule in pictures) <= 9_000_000
            assert rules.get(InputRole.MASK, {"edits": "white"})["edits"] == "white"


@pytest.mark.parametrize("model", BOUNDS)
def test_pictures_are_sent_within_the_vendors_bounds(model: str) -> None:
    [operation] = catalogue_rows()["stability", model].operations
    most, longest = BOUNDS[model]
    wishes = {"search": "the sea", "margins": Margins(left=100)}
    sent = fitted(model, operation, (4400, 2200), **wishes).params["sent"]
    assert sent["width"] * sent["height"] <= most
    assert sent["width"] / sent["height"] == pytest.approx(2, rel=0.01)
    if longest is None:
        assert fitted(model, operation, (3000, 1000), **wishes)
    else:
        with pytest.raises(OptionUnsupported):
            fitted(model, operation, (3000, 1000), **wishes)


@pytest.mark.parametrize(
    ("model", "size", "factor", "steps"),
    [
        ("stable-image-upscale-fast", (512, 512), 2, [(4, "model"), (0.5, "engine")]),
        ("stable-image-upscale-fast", (512, 512), 4, [(4, "model")]),
        ("stable-image-upscale-fast", (512, 512), 8, [(4, "model"), (2, "engine")]),
        # As far as the vendor's own result goes, without making the picture smaller first.
        ("stable-image-upscale-conservative", (256, 256), 8, [(8, "model")]),
        ("stable-image-upscale-conservative", (512, 512), 8, [(4, "model"), (2, "engine")]),
        ("stable-image-upscale-conservative", (1024, 1024), 8, [(2, "model"), (4, "engine")]),
        ("stable-image-upscale-creative", (1024, 1024), 4, [(2, "model"), (2, "engine")]),
    ],
)
def test_what_an_upscaler_does_not_make_itself_is_scaled(
    model: str, size: tuple[int, int], factor: int, steps: list[tuple[float, str]]
) -> None:
    found = fitted(model, Operation.UPSCALE, size, factor=factor)
    assert [(step["factor"], step["by"]) for step in found.steps] == steps
    assert (found.params["width"], found.params["height"]) == (size[0] * factor, size[1] * factor)
    assert "sent" not in found.params


def test_margins_that_stay_too_wide_for_a_small_picture_are_refused_with_what_is_possible() -> None:
    with pytest.raises(OptionUnsupported) as caught:
        fitted("stable-image-outpaint", Operation.OUTPAINT, (64, 64), margins=Margins(left=4000, up=7))
    assert [(error.field, error.nearest) for error in caught.value.errors] == [("left", 2000)]
    # Half as large, with margins of half the width, and delivered as it was asked for.
    found = fitted("stable-image-outpaint", Operation.OUTPAINT, (640, 640), margins=Margins(left=4000)).params
    assert (found["sent"], found["drawn"]) == ({"width": 320, "height": 320}, {"width": 2320, "height": 320})
    assert (found["width"], found["height"]) == (4640, 640)


@pytest.mark.parametrize("operation", [*PICTURES, "inpaint"])
def test_the_engine_is_sent_pictures_in_its_own_sizes_alone(operation: str) -> None:
    params = fitted("sd-xl-1.0", operation, (1200, 800)).params
    assert params["sent"] == params.get("drawn", {"width": params["width"], "height": params["height"]})
    assert f"{params['sent']['width']}x{params['sent']['height']}" == "1216x832"
    assert "sent" not in fitted("sd-xl-1.0", operation, (896, 1152)).params


def test_a_style_is_all_that_the_style_control_takes() -> None:
    style = InputFacts(InputRole.STYLE, 512, 512, source={})
    params = fitted(
        "stable-image-control-style", "image-to-image", (512, 512), inputs=(style,), width=1920, height=1080
    )
    assert params.params["drawn"] == {"width": 1360, "height": 768}
    image = InputFacts(InputRole.IMAGE, 512, 512, source={})
    with pytest.raises(OptionUnsupported):
        fitted("stable-image-control-style", "image-to-image", (512, 512), inputs=(image, style))
