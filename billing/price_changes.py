"""Adding prices: a new price is a new line, and the newest one holds."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.models import PriceKind, PriceLine
from billing.money import usd
from billing.pricelist import ANY, forget_prices
from gencraft_media.common.audit import record_audit


@transaction.atomic
def add_price(
    *,
    provider: str,
    model: str,
    amount: Decimal,
    actor: Any,
    operation: str = ANY,
    kind: str = PriceKind.IMAGE,
    source: str = "",
    key: str = "",
    effective_from: datetime | None = None,
) -> PriceLine | None:
    """The price of a model from a moment on, now by default, in US dollars a unit; None where it is the price already.

    `key` is a resolution, a quality or both, "" for all others. High quality costs the same: what it costs more is a
    line of its own. Raises TypeError for a float.
    """
    begins = effective_from or timezone.now()
    lines = PriceLine.objects.filter(provider=provider, model=model, operation=operation, effective_from__lte=begins)
    if key:
        lines = lines.filter(key=key)
    newest = lines.order_by("-effective_from", "-pk").first()
    if newest is not None and (newest.kind, newest.key, newest.amount) == (kind, key, usd(amount)):
        return None
    line = PriceLine.objects.create(
        provider=provider,
        model=model,
        operation=operation,
        kind=kind,
        key=key,
        amount=usd(amount),
        hd_multiplier=1,
        effective_from=begins,
        source=source,
    )
    record_audit(actor=actor, action="billing.add_price_line", target=line, after={"line": str(line)})
    transaction.on_commit(forget_prices)
    return line


def prices_of(provider: str, model: str) -> list[PriceLine]:
    """The lines in force that name the model itself, one for each operation and key."""
    newest: dict[tuple[str, str], PriceLine] = {}
    lines = PriceLine.objects.filter(provider=provider, model=model, effective_from__lte=timezone.now())
    for line in lines.order_by("effective_from", "pk"):
        newest[line.operation, line.key] = line
    return sorted(newest.values(), key=lambda line: (line.operation, line.key))
