"""What a call really cost: the tokens that the answer's `usage` counts, by the model's prices for a million of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_MILLION = 1_000_000
# No picture comes near this; a larger count is a mistake and no basis for a charge.
_MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True)
class TokenPrices:
    """US dollars for a million tokens of each kind."""

    text_in: Decimal
    text_in_cached: Decimal
    image_in: Decimal
    image_in_cached: Decimal
    image_out: Decimal
    text_out: Decimal


def _prices(text_in: str, text_in_cached: str, image_in: str, image_in_cached: str, out: str, text: str) -> TokenPrices:
    return TokenPrices(*(Decimal(price) for price in (text_in, text_in_cached, image_in, image_in_cached, out, text)))


_GPT_IMAGE_2 = _prices("5", "1.25", "8", "2", "30", "0")
_GPT_IMAGE_1_5 = _prices("5", "1.25", "8", "2", "32", "10")

# OpenAI's price list (read 2026-11-22). gpt-image-2.6 has no published price: its calls confirm no cost.
TOKEN_PRICES: Mapping[str, TokenPrices] = {
    "gpt-image-2.5-sunburst": _GPT_IMAGE_2,
    "gpt-image-2.5-flare": _GPT_IMAGE_2,
    "gpt-image-2": _GPT_IMAGE_2,
    "gpt-image-1.5": _GPT_IMAGE_1_5,
    "chatgpt-image-latest": _GPT_IMAGE_1_5,
    "gpt-image-1": _prices("5", "1.25", "10", "2.5", "40", "0"),
    "gpt-image-1-mini": _prices("2", "0.20", "2.5", "0.25", "8", "0"),
}


def confirmed_cost(model: str, usage: Any) -> Decimal | None:
    """US dollars of one answer; None where the model has no price, or `usage` is missing or makes no sense."""
    prices = TOKEN_PRICES.get(model)
    if prices is None:
        return None
    try:
        return (_input_dollars(prices, usage) + _output_dollars(prices, usage)) / _MILLION
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _input_dollars(prices: TokenPrices, usage: Mapping[str, Any]) -> Decimal:
    details = usage["input_tokens_details"]
    text, image = _count(details["text_tokens"]), _count(details["image_tokens"])
    cached_text, cached_image = _cached(details, text, image)
    return (
        (text - cached_text) * prices.text_in
        + cached_text * prices.text_in_cached
        + (image - cached_image) * prices.image_in
        + cached_image * prices.image_in_cached
    )


def _cached(details: Mapping[str, Any], text: int, image: int) -> tuple[int, int]:
    """The text and image tokens of the input that were read from the vendor's cache, where it tells."""
    split = details.get("cached_tokens_details") or {}
    if split:
        return min(_count(split.get("text_tokens", 0)), text), min(_count(split.get("image_tokens", 0)), image)
    # Not told apart: text first, which saves less, so that the cost is not taken for smaller than it is.
    cached = _count(details.get("cached_tokens") or 0)
    return min(cached, text), min(max(cached - text, 0), image)


def _output_dollars(prices: TokenPrices, usage: Mapping[str, Any]) -> Decimal:
    total = _count(usage["output_tokens"])
    details = usage.get("output_tokens_details") or {}
    # Where the vendor does not tell them apart, they are all of the picture.
    text = min(_count(details.get("text_tokens") or 0), total)
    return (total - text) * prices.image_out + text * prices.text_out


def _count(tokens: Any) -> int:
    if not isinstance(tokens, int) or not 0 <= tokens <= _MOST_TOKENS:
        raise ValueError("not a count of tokens")
    return tokens
