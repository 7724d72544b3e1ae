"""Quotes follow the specification's formula to the last digit."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from billing import quotes
from billing.errors import PriceUnknown
from billing.models import PriceLine, PricingSettings
from billing.pricefile import load_price_lines
from billing.pricelist import forget_prices
from billing.quotes import Quote, quote_price
from gencraft_media.common.versioned import change_settings

pytestmark = pytest.mark.django_db

IN_2025 = datetime(2025, 12, 20, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def add_line(amount: str, **fields: Any) -> PriceLine:
    """A price of acme's painter, in force long since."""
    values = {"provider": "acme", "model": "painter", "operation": "text-to-image", "effective_from": LONG_AGO}
    line = PriceLine.objects.create(**{**values, **fields}, amount=Decimal(amount), source="test")
    forget_prices()
    return line


def quote(**wanted: Any) -> Quote:
    """A quote for acme's painter."""
    values: dict[str, Any] = {"provider": "acme", "model": "painter", "operation": "text-to-image"}
    return quote_price(**{**values, "width": 1024, "height": 1024, **wanted})


@pytest.mark.parametrize(
    ("provider", "model", "size", "dollars"),
    [
        ("stability", "sd-xl-1.0", (1024, 1024), "0.04"),
        ("stability", "sd-3.0", (1024, 1024), "0.065"),
        ("stability", "sd-3.5-large", (1024, 1024), "0.08"),
        ("stability", "sd-3.5-turbo", (1024, 1024), "0.04"),
        ("openai", "dall-e-3", (1024, 1024), "0.040"),
        ("openai", "dall-e-3", (1024, 1792), "0.080"),
        ("openai", "dall-e-3", (1792, 1024), "0.080"),
        ("flux", "flux-pro", (1024, 1024), "0.05"),
        ("flux", "flux-dev", (1024, 1024), "0.025"),
        ("flux", "flux-schnell", (1024, 1024), "0.01"),
    ],
)
def test_quotes_the_specifications_prices_at_its_date(
    provider: str, model: str, size: tuple[int, int], dollars: str
) -> None:
    load_price_lines()
    width, height = size
    standard = quote(provider=provider, model=model, width=width, height=height, at=IN_2025)
    hd = quote(provider=provider, model=model, width=width, height=height, quality="hd", at=IN_2025)
    assert standard.total == Decimal(dollars)
    assert hd.total == 2 * Decimal(dollars)


def test_todays_prices_supersede_the_specifications_from_their_own_date() -> None:
    load_price_lines()
    today = datetime(2026, 11, 23, tzinfo=UTC)
    assert quote(provider="stability", model="sd-3.5-large", at=today).total == Decimal("0.065")
    wide_hd = quote(provider="openai", model="dall-e-3", width=1792, height=1024, quality="hd", at=today)
    assert wide_hd.total == Decimal("0.12")


@given(count=st.integers(1, 50), cents=st.integers(0, 100_000), hd=st.booleans())
def test_the_formula_holds_for_every_batch(count: int, cents: int, hd: bool) -> None:
    base = Decimal(cents) / 1000
    line = PriceLine(provider="acme", model="painter", amount=base, hd_multiplier=2)
    priced = price_of(line, count, hd)
    discount = min(Decimal("0.25"), Decimal("0.05") * (count - 1))
    assert priced.total == base * (2 if hd else 1) * count - base * count * discount
    assert priced.credits == math.ceil(priced.total * 100)
    assert (priced.base_cost + priced.quality_cost) * count - priced.batch_discount == priced.total


def price_of(line: PriceLine, count: int, hd: bool) -> Quote:
    """A quote from a line that is in no table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "find_price_line", lambda **_: line)
        return quote(count=count, quality="hd" if hd else "standard")


def test_shows_all_parts_of_a_batch_of_eight() -> None:
    add_line("0.04")
    priced = quote(count=8, quality="hd")
    assert priced.base_cost == Decimal("0.04")
    assert priced.quality_cost == Decimal("0.04")
    assert priced.batch_discount == Decimal("0.08")
    assert priced.total == Decimal("0.56")
    assert (priced.credits, priced.share) == (56, Decimal("0.07"))
    assert priced.as_json()["creditsRequired"] == 56


def test_the_most_specific_line_holds() -> None:
    add_line("0.01")
    add_line("0.02", key="hd", hd_multiplier=1)
    add_line("0.03", key="1024x1024")
    add_line("0.04", key="1024x1024:hd", hd_multiplier=1)
    assert quote(width=512, height=512).total == Decimal("0.01")
    assert quote(width=512, height=512, quality="hd").total == Decimal("0.02")
    assert quote().total == Decimal("0.03")
    assert quote(quality="hd").total == Decimal("0.04")


def test_markup_is_charged_to_the_client_and_kept_out_of_the_providers_cost() -> None:
    add_line("0.04")
    change_settings(PricingSettings, {"markup_percent": Decimal(25)})
    priced = quote(count=2)
    assert priced.base_cost == Decimal("0.05")
    assert priced.total == Decimal("0.095")
    assert priced.provider_cost == Decimal("0.08")
    assert "provider_cost" not in priced.as_json()


def test_discounts_follow_the_settings() -> None:
    add_line("0.10")
    change_settings(PricingSettings, {"batch_discount_step": Decimal("0.10"), "batch_discount_cap": Decimal("0.15")})
    assert quote(count=2).batch_discount == Decimal("0.02")
    assert quote(count=3).batch_discount == Decimal("0.045")


def test_an_unknown_price_is_a_refusal_and_a_price_of_zero_is_free() -> None:
    with pytest.raises(PriceUnknown) as refusal:
        quote()
    assert refusal.value.http_status == 422
    add_line("0")
    assert quote(count=3).credits == 0


def test_a_line_of_tomorrow_is_no_price_yet() -> None:
    add_line("0.04")
    add_line("0.09", effective_from=timezone.now() + timedelta(days=1))
    assert quote().total == Decimal("0.04")
    assert quote(at=timezone.now() + timedelta(days=2)).total == Decimal("0.09")


def test_a_new_line_is_seen_and_older_prices_stay_for_older_dates() -> None:
    add_line("0.04", effective_from=IN_2025)
    before = quote()
    add_line("0.05", effective_from=IN_2025 + timedelta(days=30))
    assert quote().total == Decimal("0.05")
    assert quote(at=IN_2025).total == before.total
    assert quote().price_version != before.price_version


def test_lines_for_any_model_and_operation_are_the_last_choice() -> None:
    add_line("0.09", model="*", operation="*")
    assert quote(model="other", operation="upscale").total == Decimal("0.09")
    add_line("0.08", operation="*")
    assert quote().total == Decimal("0.08")
    add_line("0.07")
    assert quote().total == Decimal("0.07")


def test_a_newer_unit_ends_an_older_one() -> None:
    add_line("0.04")
    add_line("0.03", kind="megapixel", effective_from=IN_2025, parameters={"further": "0.015"})
    assert quote(width=2048, height=1024).total == Decimal("0.045")


@pytest.mark.parametrize(
    ("size", "inputs", "dollars"),
    [((1024, 1024), 0, "0.03"), ((1025, 1024), 0, "0.045"), ((2048, 2048), 0, "0.075"), ((1024, 1024), 1, "0.045")],
)
def test_megapixels_are_rounded_up_and_inputs_counted_beside_them(
    size: tuple[int, int], inputs: int, dollars: str
) -> None:
    add_line("0.03", kind="megapixel", parameters={"further": "0.015", "rates": {"input_megapixels": "0.015"}})
    priced = quote(width=size[0], height=size[1], units={"input_megapixels": Decimal(inputs)})
    assert priced.total == Decimal(dollars)


@pytest.mark.parametrize(
    ("kind", "unit"), [("second", "seconds"), ("frame", "frames"), ("token", "tokens"), ("step", "steps")]
)
def test_counts_the_unit_of_the_line_and_refuses_a_request_without_it(kind: str, unit: str) -> None:
    add_line("0.002", kind=kind)
    assert quote(units={unit: Decimal(120)}).total == Decimal("0.24")
    with pytest.raises(PriceUnknown, match=unit):
        quote()


def test_counts_the_tokens_of_a_picture_by_its_size_where_the_line_names_a_grid() -> None:
    add_line("0.00003", kind="token", parameters={"grid": 48})
    assert quote(width=1536, height=1024).total == quote(width=1024, height=1536).total == Decimal("0.04116")
    with pytest.raises(PriceUnknown, match="width and height"):
        quote(width=None, height=None)


def test_charges_the_minimum_where_a_line_names_one() -> None:
    add_line("0.001", kind="second", parameters={"minimum": "0.05"})
    assert quote(units={"seconds": Decimal(2)}).total == Decimal("0.05")


def test_prices_are_read_once_a_second_and_not_for_each_quote(settings: Any, django_assert_num_queries: Any) -> None:
    settings.FRESH_FOR_S = 60.0
    add_line("0.04")
    quote()
    with django_assert_num_queries(0):
        quote(count=4)


def test_a_line_that_is_committed_late_is_seen_though_a_later_one_was_read(settings: Settings) -> None:
    settings.FRESH_FOR_S = 0.0
    add_line("0.10")
    newest = add_line("0.20", effective_from=LONG_AGO + timedelta(days=1))
    assert quote(at=IN_2025).base_cost == Decimal("0.20")
    # Of two at once this one had begun first: its id is the lower one.
    PriceLine.objects.create(
        **{name: getattr(newest, name) for name in ("provider", "model", "operation", "source", "created_at")},
        id=newest.pk - 1_000,
        amount=Decimal("0.30"),
        effective_from=LONG_AGO + timedelta(days=2),
    )
    assert quote(at=IN_2025).base_cost == Decimal("0.30")
