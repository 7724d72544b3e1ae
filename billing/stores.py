"""Where the values of money are kept that operators change while the engine runs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from billing.models import Plan, PriceLine, PricingSettings, QuotaSettings, SpendSettings
from billing.plans import PLAN_TERMS, change_plan_terms
from billing.price_corrections import PriceName, correct_price, find_line_at, lock_price
from gencraft_media.common.configuration import Store, register_store
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.exact_values import column_of, exact_text, exact_value, last_audited
from gencraft_media.common.settings_store import settings_store

_AMOUNT_FROM = "amount from "


class _Amounts(Mapping[str, Any]):
    """The amounts of one price by the second from which they are asked for: "amount from 2026-12-01T00:00:00Z"."""

    def __init__(self, name: PriceName) -> None:
        self._name = name

    def __getitem__(self, field: str) -> str:
        line = find_line_at(self._name, price_moment(field))
        if line is None:
            raise ObjectNotFound("There is no such price at that time.")
        return exact_text(line.amount)

    def __iter__(self) -> Any:
        return (price_field(moment) for moment in self._beginnings())

    def __len__(self) -> int:
        return len(self._beginnings())

    def _beginnings(self) -> set[datetime]:
        return {moment.replace(microsecond=0) for moment in self._name.lines().values_list("effective_from", flat=True)}


def price_field(moment: datetime) -> str:
    """The field that has a price's amount from a second on."""
    return f"{_AMOUNT_FROM}{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def price_moment(field: str) -> datetime:
    """The second that a field of a price speaks of."""
    return datetime.fromisoformat(field.removeprefix(_AMOUNT_FROM))


def _write_amounts(row: str, values: Mapping[str, Any], *, actor: Any, reason: str) -> None:
    for field, amount in sorted(values.items()):
        since = price_moment(field)
        correct_price(PriceName.from_text(row), Decimal(amount), since=since, actor=actor, reason=reason)


def _amount_changed_by(row: str) -> str:
    newest = PriceName.from_text(row).lines().order_by("-pk").first()
    return last_audited(PriceLine, newest.pk) if newest is not None else ""


def _lock_amounts(row: str) -> None:
    lock_price(PriceName.from_text(row))


def _read_plan(key: str) -> dict[str, Any]:
    plan = Plan.objects.filter(pk=key).first()
    if plan is None:
        raise ObjectNotFound(f"There is no plan {key}.")
    return {name: exact_value(column_of(Plan, name), getattr(plan, name)) for name in PLAN_TERMS}


def _write_plan(key: str, values: Mapping[str, Any], *, actor: Any, reason: str) -> None:
    change_plan_terms(key, values, actor=actor, reason=reason)


def _lock_plan(key: str) -> None:
    Plan.objects.select_for_update().filter(pk=key).first()


def _plan_changed_by(key: str) -> str:
    return last_audited(Plan, key)


PRICING = register_store(settings_store(PricingSettings, "billing.pricing"))
QUOTAS = register_store(settings_store(QuotaSettings, "billing.quotas"))
SPENDING = register_store(settings_store(SpendSettings, "billing.spending"))
PLANS = register_store(
    Store("billing.plans", "billing.change_plan", _read_plan, _write_plan, _lock_plan, _plan_changed_by)
)
PRICES = register_store(
    Store(
        "billing.prices",
        "billing.add_priceline",
        lambda row: _Amounts(PriceName.from_text(row)),
        _write_amounts,
        _lock_amounts,
        _amount_changed_by,
    )
)
