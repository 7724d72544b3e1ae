"""Whether a setting can make the engine pay for its users' pictures."""

from decimal import Decimal

from billing.money import usd


def margin_factor(markup_percent: Decimal, discount_cap: Decimal) -> Decimal:
    """What is left of one dollar of provider cost after markup and the largest discount; below 1 is a loss."""
    return (1 + usd(markup_percent) / 100) * (1 - usd(discount_cap))


def find_margin_warning(markup_percent: Decimal, discount_cap: Decimal) -> str | None:
    """What to tell an operator whose largest discount exceeds the margin, if it does."""
    factor = margin_factor(markup_percent, discount_cap)
    if factor >= 1:
        return None
    needed = (1 / (1 - usd(discount_cap)) - 1) * 100 if discount_cap < 1 else None
    advice = f"A markup of {needed:.2f} % would cover it." if needed is not None else "No markup can cover it."
    return (
        f"The discount can exceed the margin: of each dollar the provider takes, the largest batches pay {factor:.4f}. "
        f"{advice}"
    )
