"""Exact arithmetic of dollars and credits: Decimal in, Decimal or whole credits out, floats refused."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

CREDITS_PER_USD = 100
# What a money column keeps. A total is rounded up to it, so that no price above zero ever becomes free.
MICRO_USD = Decimal("0.000001")
# An equal share is rounded down far below a micro-dollar: k shares never add up to more than the total.
_SHARE_STEP = Decimal("0.000000000001")


def usd(value: Decimal | int | str) -> Decimal:
    """`value` as dollars. Raises TypeError for a float, which has already lost the exact amount."""
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"money is Decimal, int or str, never {type(value).__name__}")
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError(f"{value} is no amount of money")
    return amount


def round_total(amount: Decimal) -> Decimal:
    """A price to a client in whole micro-dollars, rounded up."""
    return usd(amount).quantize(MICRO_USD, ROUND_CEILING)


def share_of(total: Decimal, count: int) -> Decimal:
    """What one of `count` outputs owes of `total`."""
    return (usd(total) / count).quantize(_SHARE_STEP, ROUND_FLOOR)


def credits_for(total: Decimal) -> int:
    """Credits that pay `total` dollars: a part of a credit counts as a whole one."""
    amount = usd(total)
    if amount < 0:
        raise ValueError(f"a price below zero: {amount}")
    return int((amount * CREDITS_PER_USD).to_integral_value(ROUND_CEILING))


def credits_added(total: Decimal, share: Decimal) -> int:
    """Credits of an output that owes `share` after others that owe `total`: all together cost the sum, rounded up."""
    return credits_for(usd(total) + usd(share)) - credits_for(total)


def usd_added(total: Decimal, share: Decimal) -> Decimal:
    """Dollars of such an output in micro-dollars; all outputs of a job add up to what they owe together."""
    return _half_even(usd(total) + usd(share)) - _half_even(usd(total))


def _half_even(amount: Decimal) -> Decimal:
    return amount.quantize(MICRO_USD, ROUND_HALF_EVEN)
