"""Correcting a price by its model's name."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from billing.models import PriceLine
from billing.price_corrections import PriceName, find_line_at, whole_second
from billing.stores import PRICES, price_field
from gencraft_media.common.configuration import Change, Planned, Risk, Slot
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.serializers import StrictSerializer

_YEARS = range(2000, 2100)
_OURS = "It is what the provider takes; clients pay it with the markup and less the discount of a batch."


class MomentField(serializers.Field[datetime, str, str, Any]):
    """A date, or a moment with its zone, as a whole second of universal time."""

    def to_internal_value(self, data: str) -> datetime:
        try:
            said = datetime.fromisoformat(str(data))
            moment = whole_second(said if said.tzinfo else said.replace(tzinfo=UTC))
        except (ValueError, OverflowError) as error:
            raise serializers.ValidationError("This is no date.", code="invalid") from error
        if moment.year not in _YEARS:
            text = f"It lies in the years {_YEARS.start} to {_YEARS.stop - 1}."
            raise serializers.ValidationError(text, code="out_of_range")
        return moment

    def to_representation(self, value: datetime) -> str:
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class PriceCorrection(StrictSerializer):
    """US dollars a unit, as we pay them; `from` is now where it is left out."""

    model = serializers.CharField(max_length=151)
    amount = serializers.DecimalField(max_digits=16, decimal_places=10, min_value=Decimal(0))
    operation = serializers.CharField(required=False, max_length=50)
    # A resolution, a quality or both, of models that have a price for each.
    key = serializers.CharField(required=False, max_length=50)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # A word of Python's, so that it cannot be declared as the others are.
        since = MomentField(source="since", default=lambda: whole_second(timezone.now()))
        return {**super().get_fields(), "from": since}


def plan_price(
    model: str, amount: Decimal, since: datetime, operation: str | None = None, key: str | None = None
) -> Planned:
    """Every operation of the model that has the price, or the one that is named. Raises `InvalidRequest`."""
    found = _priced(model, since, operation, key)
    changes, notes = [], [_OURS]
    for name, line in found.items():
        slot = Slot(PRICES.name, name.as_text(), price_field(since))
        what = f"Price of {model}, {name.operation if name.operation != '*' else 'every operation'}"
        label = f"{what}{f', {name.key}' if name.key else ''}, US dollars a {line.kind}"
        changes.append(Change(slot, exact_text(line.amount), exact_text(amount), label, Risk.MONEY))
        later = name.lines().filter(effective_from__gt=max(line.effective_from, since)).last()
        if later is not None:
            notes.append(
                f"{what}: from {later.effective_from:%Y-%m-%d} on, {exact_text(later.amount)} is known already."
            )
        if line.parameters.get("further") or line.parameters.get("rates"):
            notes.append(f"{what}: what is priced beside the first unit stays as it is.")
    return Planned(tuple(changes), tuple(notes))


def _priced(model: str, since: datetime, operation: str | None, key: str | None) -> dict[PriceName, PriceLine]:
    provider, _, rest = model.partition("/")
    lines = PriceLine.objects.filter(provider=provider, model__in=[rest, model], effective_from__lte=since)
    names = {PriceName.of(line) for line in lines}
    held = {name: line for name in names if (line := find_line_at(name, since)) is not None}
    # A provider counts one kind of unit at a time: older kinds are history.
    kinds = {
        name.operation: max(
            (line.effective_from, line.pk, line.kind)
            for other, line in held.items()
            if other.operation == name.operation
        )[2]
        for name in held
    }
    held = {name: line for name, line in held.items() if name.kind == kinds[name.operation]}
    if not held:
        raise InvalidRequest(errors=[FieldError("model", f"There is no price of {model} of its own.", "unknown")])
    chosen = {
        name: line for name, line in held.items() if operation in (None, name.operation) and key in (None, name.key)
    }
    if not chosen:
        wrong = "operation" if not any(operation in (None, name.operation) for name in held) else "key"
        known = sorted({getattr(name, wrong) for name in held})
        raise InvalidRequest(errors=[FieldError(wrong, f"{model} has no price for it.", "unknown", allowed=known)])
    keys = sorted({name.key for name in chosen})
    if len(keys) > 1 or (len({line.amount for line in chosen.values()}) > 1 and operation is None):
        _refuse_several(model, chosen, keys)
    return dict(sorted(chosen.items(), key=lambda one: one[0].as_text()))


def _refuse_several(model: str, chosen: dict[PriceName, PriceLine], keys: list[str]) -> None:
    field = "key" if len(keys) > 1 else "operation"
    allowed = keys if field == "key" else sorted({name.operation for name in chosen})
    message = f"{model} has several prices; say which {'size or quality' if field == 'key' else 'operation'} is meant."
    raise InvalidRequest(errors=[FieldError(field, message, "ambiguous", allowed=allowed)])
