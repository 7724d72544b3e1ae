"""Quotes against what vendors publish, by one file a vendor in `published`.

A file: `provider`; `tables`, each {models, source, read, dollars by size and quality} with perhaps an `operation` other
than text-to-image and the `units` its inputs count; and `unpublished`, models without a published price and why: a
request for one of them is refused.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.errors import PriceUnknown
from billing.pricefile import load_price_lines
from billing.quotes import quote_price
from providers.sizes import size_fitting, written
from tests.providers.catalogue_rows import catalogue_rows

FILES: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).with_name("published").glob("*.json"))
}
TOLERANCE = Decimal("0.01")
SIDES = (512, 768, 1024, 1536, 2048)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, eq=False)
class Published:
    """One price of a vendor, and what it is for."""

    provider: str
    model: str
    size: tuple[int, int]
    quality: str
    dollars: Decimal
    table: Any

    def is_nearly(self, cost: Decimal) -> bool:
        """Whether `cost` is as good as this price."""
        return abs(cost - self.dollars) <= self.dollars * TOLERANCE

    def __str__(self) -> str:
        operation = self.table.get("operation", "text-to-image")
        return f"{operation} with {self.model}, {written(self.size)} {self.quality}: {self.dollars}"


def published_prices(document: Any) -> list[Published]:
    """Every price of a file."""
    return [
        Published(document["provider"], model, sides(size), quality, Decimal(dollars), table)
        for table in document["tables"]
        for model in table["models"]
        for size, prices in table["dollars"].items()
        for quality, dollars in prices.items()
    ]


def provider_cost(provider: str, model: str, size: tuple[int, int], quality: str = "standard", **table: Any) -> Decimal:
    """What we expect the vendor to take for one output, the day after the price was read."""
    return quote_price(
        provider=provider,
        model=model,
        operation=table.get("operation", "text-to-image"),
        width=size[0],
        height=size[1],
        quality=quality,
        units={name: Decimal(value) for name, value in table.get("units", {}).items()},
        at=datetime.fromisoformat(table.get("read", "2026-11-22")).replace(tzinfo=UTC) + timedelta(days=1),
    ).provider_cost


def sides(size: str) -> tuple[int, int]:
    """A size as it is written, in pixels."""
    width, height = size.split("x")
    return int(width), int(height)


@pytest.mark.parametrize("name", FILES)
def test_quotes_are_within_a_hundredth_of_the_published_prices(name: str) -> None:
    load_price_lines()
    prices = published_prices(FILES[name])
    quoted = {
        price: provider_cost(price.provider, price.model, price.size, price.quality, **price.table) for price in prices
    }
    assert {str(price): cost for price, cost in quoted.items() if not price.is_nearly(cost)} == {}


@pytest.mark.parametrize("name", FILES)
def test_every_model_of_the_catalogue_has_a_published_price_or_none_that_is_known(name: str) -> None:
    document = FILES[name]
    published = {model for table in document["tables"] for model in table["models"]}
    unpublished = set(document.get("unpublished", {}))
    rows = catalogue_rows().items()
    in_service = {row.name for (key, _), row in rows if key == document["provider"] and row.retires_at is None}
    assert in_service - published - unpublished == set()
    assert published & unpublished == set()


@pytest.mark.parametrize("name", FILES)
def test_every_table_names_its_source_and_the_day_it_was_read(name: str) -> None:
    assert all(table["source"] and datetime.fromisoformat(table["read"]) for table in FILES[name]["tables"])


@pytest.mark.parametrize("name", FILES)
def test_a_model_without_a_published_price_is_refused(name: str) -> None:
    load_price_lines()
    for model in FILES[name].get("unpublished", {}):
        with pytest.raises(PriceUnknown):
            provider_cost(FILES[name]["provider"], model, (1024, 1024))


def test_flux_schnell_is_followed_by_the_cheapest_flux_there_is_and_any_size_has_a_price() -> None:
    load_price_lines()
    rows = [row for (key, _), row in catalogue_rows().items() if key == "flux"]
    sold = [row for row in rows if "text-to-image" in row.operations and row.retires_at is None]
    costs: dict[str, Decimal] = {}
    for row in sold:
        drawn = {size_fitting(row.limits["size"], width, height) for width in SIDES for height in SIDES}
        assert all(provider_cost("flux", row.name, size) > 0 for size in drawn)
        costs[row.name] = provider_cost("flux", row.name, size_fitting(row.limits["size"], 1024, 1024))
    [schnell] = [row for row in rows if row.name == "flux-schnell"]
    assert schnell.replaced_by == min(costs, key=lambda name: costs[name])
