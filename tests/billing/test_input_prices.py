"""What pictures that go into a request add to its price."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import PriceUnknown
from billing.inputs import input_units
from billing.pricefile import load_price_lines
from billing.quotes import quote_price

PATCHES = {"count": "patches", "patch": 32, "maximum": 1536, "least_side": 1024, "most_enlarged": 2, "maximum_ratio": 3}
TILES = {"count": "tiles", "base": 65, "tile": 129}


def tokens(rule: dict[str, Any], *sizes: tuple[int, int]) -> int:
    return int(input_units({"inputs": rule}, sizes)["image_tokens"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 1024), 32 * 32),
        ((1536, 1024), 48 * 32),
        ((1025, 32), 33 * 11),
        # Small pictures count as if they were twice as large, or 1024 pixels long.
        ((256, 256), 16 * 16),
        ((800, 400), 32 * 16),
        # Slim ones are filled up to a third of their length.
        ((1024, 100), 32 * 11),
        ((100, 1024), 11 * 32),
        ((3840, 2160), 1536),
    ],
)
def test_a_picture_counts_its_patches(size: tuple[int, int], expected: int) -> None:
    assert tokens(PATCHES, size) == expected


@pytest.mark.parametrize(("size", "tiles"), [((1024, 1024), 1), ((200, 200), 1), ((1024, 1536), 2), ((3000, 1000), 3)])
def test_a_picture_counts_its_tiles(size: tuple[int, int], tiles: int) -> None:
    assert tokens(TILES, size) == 65 + 129 * tiles


def test_several_pictures_add_up() -> None:
    assert tokens(PATCHES, (1024, 1024), (256, 256)) == 1024 + 256
    assert tokens(PATCHES) == 0


def test_megapixels_are_counted_without_a_rule_each_picture_rounded_up() -> None:
    assert input_units({}, [(1024, 1024), (1025, 1024)]) == {"input_megapixels": Decimal(3)}


def test_a_rule_that_is_not_known_is_no_price() -> None:
    with pytest.raises(PriceUnknown):
        tokens({"count": "dots"}, (10, 10))


@pytest.mark.django_db
class TestOpenAi:
    @pytest.fixture(autouse=True)
    def prices(self) -> None:
        load_price_lines()

    def cost(self, model: str, operation: str, *inputs: tuple[int, int], **wanted: Any) -> Decimal:
        """What the vendor is expected to take for one square picture."""
        values: dict[str, Any] = {"provider": "openai", "width": 1024, "height": 1024, "quality": "medium"}
        at = datetime(2026, 11, 23, tzinfo=UTC)
        return quote_price(model=model, operation=operation, inputs=inputs, at=at, **{**values, **wanted}).provider_cost

    @pytest.mark.parametrize("operation", ["image-to-image", "inpaint", "variation"])
    @pytest.mark.parametrize("model", ["gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare"])
    def test_an_edit_costs_the_picture_and_the_tokens_of_its_inputs(self, model: str, operation: str) -> None:
        drawn = self.cost(model, "text-to-image")
        assert self.cost(model, operation) == drawn
        assert self.cost(model, operation, (1024, 1024)) == drawn + 1024 * Decimal("0.000008")
        two = self.cost(model, operation, (1024, 1024), (1536, 1024))
        assert two == drawn + (1024 + 1536) * Decimal("0.000008")

    def test_each_of_several_outputs_pays_for_the_inputs(self) -> None:
        one = self.cost("gpt-image-2.5-flare", "inpaint", (1024, 1024))
        assert self.cost("gpt-image-2.5-flare", "inpaint", (1024, 1024), count=3) == 3 * one

    @pytest.mark.parametrize(
        ("model", "rate"),
        [("gpt-image-1.5", "0.000008"), ("chatgpt-image-latest", "0.000008"), ("gpt-image-1-mini", "0.0000025")],
    )
    def test_older_models_count_tiles(self, model: str, rate: str) -> None:
        drawn = self.cost(model, "text-to-image")
        assert self.cost(model, "inpaint", (1024, 1536)) == (drawn + 323 * Decimal(rate)).quantize(Decimal("0.000001"))

    def test_pictures_that_are_sent_along_cost_nothing_where_no_rate_says_so(self) -> None:
        plain = self.cost("flux-dev", "image-to-image", provider="flux", quality="standard")
        assert self.cost("flux-dev", "image-to-image", (9, 9), provider="flux", quality="standard") == plain
