"""The pricing card: percent for people, packages without scripts, and what models would cost before saving."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import PricingSettings
from billing.quotes import quote_price
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.versioned import current_settings
from tests.console.media_settings.hub import Fields, Hub, text_of

PACKAGES = "pricing-credit_packages"
SDXL = {"provider": "stability", "model": "sd-3.5-large", "operation": "text-to-image", "width": 1024, "height": 1024}


def packages(*rows: tuple[str, str, str]) -> Fields:
    """Fields of packages as a browser sends them."""
    return {
        f"{PACKAGES}-{name}": [row[place] for row in rows]
        for place, name in enumerate(("credits", "price", "discount"))
    }


def sent(sam: Hub, *rows: tuple[str, str, str], **more: Any) -> Any:
    """Send the card with these packages."""
    form = {**sam.form("pricing", "pricing"), **packages(*rows), **more}
    return sam.save("pricing", "pricing", form=form)


def line_of(answer: Any, model: str) -> Any:
    """A model's line in the table."""
    return next(price for price in answer.context["cards"][0].extras["prices"] if price.model == model)


def test_percent_are_kept_as_fractions(sam: Hub) -> None:
    said = {"markup_percent": "20", "batch_step_percent": "2.5", "batch_cap_percent": "10"}
    assert sam.save("pricing", "pricing", **said).status_code == 302
    row = current_settings(PricingSettings)
    assert (row.markup_percent, row.batch_discount_step, row.batch_discount_cap) == (
        Decimal(20),
        Decimal("0.025"),
        Decimal("0.1"),
    )
    form = sam.form("pricing", "pricing")
    assert {form[f"pricing-{name}"] for name in said} == {"20", "2.5", "10"}


@pytest.mark.parametrize(("typed", "kept"), [("9,99", None), ("1_0", None), ("1,000.50", "1000.5"), ("9.99", "9.99")])
def test_a_comma_stands_between_thousands_alone(sam: Hub, typed: str, kept: str | None) -> None:
    answer = sent(sam, ("1,000", typed, "0"))
    assert answer.status_code == (422 if kept is None else 302)
    found = [one["price"] for one in current_settings(PricingSettings).credit_packages]
    assert found == ([] if kept is None else [kept])


def test_prices_are_shown_with_the_values_that_are_not_saved_yet(sam: Hub) -> None:
    form = {**sam.form("pricing", "pricing"), "preview": "1"}
    answer = sam.save("pricing", "pricing", form=form, markup_percent="50", batch_cap_percent="10")
    assert answer.status_code == 200
    assert not PricingSettings.objects.exists() and not AuditEntry.objects.exists()
    previewed = line_of(answer, "stability/sd-3.5-large")
    assert "Not saved" in text_of(answer)
    # Saved, every quote says exactly that.
    assert sam.save("pricing", "pricing", markup_percent="50", batch_cap_percent="10").status_code == 302
    for shown, count in ((previewed.one, 1), (previewed.batch, 10)):
        quote = quote_price(**SDXL, count=count)  # type: ignore[arg-type]
        assert (shown.total, shown.credits, shown.provider_cost) == (quote.total, quote.credits, quote.provider_cost)
    assert previewed.margin == previewed.one.total - previewed.one.provider_cost > 0


def test_the_table_tells_where_a_batch_sells_below_cost(sam: Hub) -> None:
    warning = "The discount can exceed the margin"
    page = sam.open("pricing")
    assert warning in text_of(page) and line_of(page, "stability/sd-3.5-large").is_loss
    answer = sam.save("pricing", "pricing", markup_percent="34")
    assert warning not in text_of(sam.client.get(answer.headers["Location"]))
    assert not line_of(sam.open("pricing"), "stability/sd-3.5-large").is_loss
    sam.save("pricing", "pricing", markup_percent="33")
    assert warning in text_of(sam.open("pricing"))


def test_a_preview_of_wrong_values_names_them(sam: Hub) -> None:
    form = {**sam.form("pricing", "pricing"), "preview": "1"}
    answer = sam.save("pricing", "pricing", form=form, markup_percent="200")
    assert answer.status_code == 422
    assert "markup_percent" in answer.context["cards"][0].form.errors


def test_packages_are_kept_exactly(sam: Hub) -> None:
    assert sent(sam, ("1000", "10.00", "5"), ("5,000", "45", "")).status_code == 302
    assert current_settings(PricingSettings).credit_packages == [
        {"credits": 1000, "price": "10", "discount": "5"},
        {"credits": 5000, "price": "45", "discount": "0"},
    ]
    text = text_of(sam.open("pricing"))
    assert "Buyer pays $9.50; 5.0 % below $0.01 a credit." in text
    assert "1000 credits for $10 less 5 %; 5000 credits for $45 less 0 %" in text


def test_rows_are_added_and_removed_by_plain_buttons_and_saved_later(sam: Hub) -> None:
    sent(sam, ("1000", "10", "0"), ("2000", "20", "0"))
    more = sent(sam, ("1000", "10", "0"), ("2000", "19", "0"), add_package="1", **{"pricing-markup_percent": "12"})
    assert more.status_code == 200
    form = more.context["cards"][0].form
    assert [row["price"] for row in form["credit_packages"].value()] == ["10", "19", ""]
    assert form["markup_percent"].value() == "12"
    less = sent(sam, ("1000", "10", "0"), ("2000", "19", "0"), remove_package="1")
    assert [row["credits"] for row in less.context["cards"][0].form["credit_packages"].value()] == ["2000"]
    assert len(current_settings(PricingSettings).credit_packages) == 2
    assert sent(sam, ("2000", "19", "0"), ("", "", "")).status_code == 302
    assert current_settings(PricingSettings).credit_packages == [{"credits": 2000, "price": "19", "discount": "0"}]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([("0", "1", "0")], "Package 1: credits"),
        ([("1.5", "1", "0")], "Package 1: credits"),
        ([("100", "-1", "0")], "Package 1: the price"),
        ([("100", "", "0")], "Package 1: the price"),
        ([("100", "NaN", "0")], "Package 1: the price"),
        ([("100", "1", "101")], "Package 1: the discount"),
        ([("100", "1", "0"), ("100", "2", "0")], "two packages of 100 credits"),
        ([(str(number), "1", "0") for number in range(1, 22)], "At most 20 packages"),
    ],
)
def test_wrong_packages_are_named_by_their_row(sam: Hub, rows: list[tuple[str, str, str]], complaint: str) -> None:
    answer = sent(sam, *rows)
    assert answer.status_code == 422
    assert complaint in str(answer.context["cards"][0].form.errors["credit_packages"])
    assert not PricingSettings.objects.exists()
