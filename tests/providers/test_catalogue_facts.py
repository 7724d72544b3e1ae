"""What the catalogue file says, row by row: shapes the code can read, the vendors' dates, a price for everything."""

from datetime import date
from typing import Any

import pytest

from billing.errors import PriceUnknown
from billing.pricefile import load_price_lines
from billing.quotes import quote_price
from providers.fitting import Wanted, fit_request
from providers.sizes import drawn_size
from tests.providers.catalogue_rows import catalogue_rows

ROWS = catalogue_rows()
REAL = [row for (provider, _), row in ROWS.items() if provider != "sim"]
# The vendors' calendars as read on 2026-11-22.
RETIREMENTS = {
    "gpt-image-1.5": ("2026-12-01", "gpt-image-2.5-sunburst"),
    "chatgpt-image-latest": ("2026-12-01", "gpt-image-2.5-sunburst"),
    "gpt-image-1-mini": ("2026-12-01", "gpt-image-2.5-flare"),
    "gpt-image-1": ("2026-10-23", "gpt-image-2.5-sunburst"),
    "dall-e-3": ("2026-05-12", "gpt-image-2.5-sunburst"),
    "dall-e-2": ("2026-05-12", "gpt-image-2.5-flare"),
    "sd-3.0": ("2025-04-17", "sd-3.5-large"),
    "flux-pro": ("2026-04-23", "flux-pro-1.1"),
    "flux-schnell": ("2026-04-23", "flux-3-image-klein"),
}
# Released without a published price: refused until there is one, never guessed.
WITHOUT_PRICE = {"gpt-image-2.6-sunburst", "gpt-image-2.6-flare"}
# Vendors that take only a shape; the pictures' pixels are theirs to choose.
MEASURED = {
    "sd-3.5-large", "sd-3.5-turbo", "sd-3.5-medium", "sd-3.5-flash", "sd-3.0",
    "stable-image-ultra", "stable-image-core",
    "flux-3-image", "flux-pro-1.1-ultra", "flux-kontext-pro", "flux-kontext-max",
}  # fmt: skip
# Model -> options and their ranges, as the vendors document them.
RANGES = {
    "sd-xl-1.0": {"steps": (10, 50), "cfgScale": (0, 35)},
    "sd-3.5-large": {"cfgScale": (1, 10)},
    "flux-dev": {"steps": (1, 50), "cfgScale": (1.5, 5)},
    "flux-2-flex": {"steps": (1, 50), "cfgScale": (1.5, 10)},
    "flux-3-image-klein": {"steps": (1, 50)},
    "flux-pro-1.0-fill": {"steps": (15, 50), "cfgScale": (1.5, 100)},
}


def test_what_ends_ends_on_the_vendors_day_and_leads_to_its_successor() -> None:
    found = {row.name: (str(row.retires_at), row.replaced_by) for row in REAL if row.retires_at is not None}
    assert found == RETIREMENTS


def test_a_model_that_is_still_served_may_name_the_one_to_change_to() -> None:
    found = {row.name: row.replaced_by for row in REAL if row.retires_at is None and row.replaced_by}
    assert found == {"sd-xl-1.0": "stable-image-core"}


def test_a_model_begins_before_it_ends() -> None:
    for row in REAL:
        assert row.available_from is None or row.available_from < (row.retires_at or date.max), row.name


def test_models_that_take_only_a_shape_are_measured() -> None:
    drawing = [row for row in REAL if "text-to-image" in row.operations]
    assert {row.name for row in drawing if row.limits["size"].get("measured")} == MEASURED


@pytest.mark.parametrize("name", RANGES)
def test_options_have_the_vendors_ranges(name: str) -> None:
    (row,) = (row for row in REAL if row.name == name)
    rules = row.limits.get("options", {})
    numeric = {option: rule for option, rule in rules.items() if rule["kind"] in {"integer", "number"}}
    assert {option: (rule["minimum"], rule["maximum"]) for option, rule in numeric.items()} == RANGES[name]


def test_zero_is_no_seed_where_the_vendor_takes_it_for_any_seed() -> None:
    for row in REAL:
        if row.provider_id == "stability" and "seed" in row.limits:
            assert row.limits["seed"]["minimum"] == 1, row.name


def test_every_rule_is_of_a_kind_that_is_known() -> None:
    for row in ROWS.values():
        assert row.limits["size"]["kind"] in {"list", "free"}
        assert drawn_size(fit_request(row, Wanted(prompt="a boat"), strict=True).params) is not None
        for option, rule in _rules_of(row.limits):
            assert _is_sound(rule), (row.name, option)


def test_a_retired_names_qualities_are_words_of_its_successor() -> None:
    inheriting = [row for row in REAL if "successor" in row.limits]
    assert [row.name for row in inheriting] == ["dall-e-3"]
    for row in inheriting:
        successor = ROWS[row.provider_id, row.replaced_by]
        assert set(row.limits["successor"]["qualities"].values()) <= set(successor.limits["qualities"])


@pytest.mark.django_db
def test_every_model_has_a_price_for_its_usual_size_in_each_quality() -> None:
    load_price_lines()
    without = set()
    for row in ROWS.values():
        width, height = (int(side) for side in row.limits["default_size"].split("x"))
        for quality in row.limits["qualities"]:
            try:
                quote_price(
                    provider=row.provider_id,
                    model=row.name,
                    operation=row.operations[0],
                    width=width,
                    height=height,
                    quality=quality,
                )
            except PriceUnknown:
                without.add(row.name)
    assert without == WITHOUT_PRICE


@pytest.mark.django_db
def test_every_listed_size_has_a_price() -> None:
    load_price_lines()
    for row in ROWS.values():
        for size in row.limits["size"].get("values", []):
            width, height = (int(side) for side in size.split("x"))
            for operation in row.operations:
                quote_price(provider=row.provider_id, model=row.name, operation=operation, width=width, height=height)


def _rules_of(limits: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [*limits.get("options", {}).items(), *limits.get("successor", {}).get("options", {}).items()]


def _is_sound(rule: dict[str, Any]) -> bool:
    match rule["kind"]:
        case "integer" | "number":
            return bool(rule["minimum"] < rule["maximum"])
        case "choice":
            return bool(rule["values"]) and set(rule.get("words", {})) <= set(rule["values"])
        case "phrase":
            return all(rule["phrases"].values())
    return False
