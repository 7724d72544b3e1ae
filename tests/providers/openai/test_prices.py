"""What OpenAI's count of tokens comes to in dollars."""

from decimal import Decimal
from typing import Any

import pytest

from providers.openai.prices import confirmed_cost

USAGE: dict[str, Any] = {
    "input_tokens": 300_000,
    "input_tokens_details": {"text_tokens": 100_000, "image_tokens": 200_000},
    "output_tokens": 1_000_000,
}


def cost(model: str = "gpt-image-2", **changes: Any) -> Decimal | None:
    return confirmed_cost(model, {**USAGE, **changes})


def with_details(**details: Any) -> dict[str, Any]:
    return {"input_tokens_details": {**USAGE["input_tokens_details"], **details}}


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("gpt-image-2", "32.1"),
        ("gpt-image-2.5-flare", "32.1"),
        ("gpt-image-2.5-sunburst", "32.1"),
        ("gpt-image-1.5", "34.1"),
        ("chatgpt-image-latest", "34.1"),
        ("gpt-image-1", "42.5"),
        ("gpt-image-1-mini", "8.7"),
    ],
)
def test_text_and_pictures_in_and_a_picture_out_have_their_own_prices(model: str, dollars: str) -> None:
    assert cost(model) == Decimal(dollars)


def test_a_model_without_a_published_price_confirms_nothing() -> None:
    assert cost("gpt-image-2.6-sunburst") is None


def test_cached_input_is_cheaper() -> None:
    assert cost(**with_details(cached_tokens_details={"text_tokens": 100_000})) == Decimal("31.725")
    assert cost(**with_details(cached_tokens_details={"image_tokens": 200_000})) == Decimal("30.9")
    # Not told apart, the first hundred thousand are taken for text.
    assert cost(**with_details(cached_tokens=150_000)) == Decimal("32.1") - Decimal("0.375") - Decimal("0.3")


def test_more_cached_than_sent_saves_no_more_than_all_of_it() -> None:
    assert cost(**with_details(cached_tokens=900_000)) == cost(**with_details(cached_tokens=300_000))


def test_text_that_comes_out_is_priced_as_text() -> None:
    details = {"output_tokens_details": {"image_tokens": 900_000, "text_tokens": 100_000}}
    assert cost("gpt-image-1.5", **details) == Decimal("34.1") - Decimal("3.2") + Decimal("1")


@pytest.mark.parametrize(
    "changes",
    [
        {"output_tokens": None},
        {"output_tokens": "many"},
        {"output_tokens": -1},
        {"output_tokens": 10**12},
        {"output_tokens": Decimal("1.5")},
        {"input_tokens_details": None},
        {"input_tokens_details": {"text_tokens": 1}},
        {"output_tokens_details": [1]},
    ],
)
def test_usage_that_makes_no_sense_confirms_nothing(changes: dict[str, Any]) -> None:
    assert cost(**changes) is None


@pytest.mark.parametrize("usage", [None, [], 7, {}, "usage"])
def test_no_usage_confirms_nothing(usage: Any) -> None:
    assert confirmed_cost("gpt-image-2", usage) is None
