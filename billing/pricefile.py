"""From the price file to price lines: each line is added once and never changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from billing.models import PriceLine
from billing.money import usd
from billing.pricelist import forget_prices

PRICE_FILE = Path(__file__).with_name("prices.json")

_Identity = tuple[str, str, str, str, str, datetime]


@dataclass(frozen=True)
class Loaded:
    """What a load did: lines added, lines that were there, and those that are there with another price."""

    added: int
    present: int
    differing: tuple[str, ...]


def load_price_lines(path: Path = PRICE_FILE) -> Loaded:
    """Add the file's lines that are missing. A line whose price differs is left as it is, and named."""
    lines = list(lines_of(json.loads(path.read_text(encoding="utf-8"))))
    with transaction.atomic():
        present = {identity_of(line): line for line in PriceLine.objects.all()}
        missing = [line for line in lines if identity_of(line) not in present]
        PriceLine.objects.bulk_create(missing, ignore_conflicts=True)
    forget_prices()
    differing = tuple(
        str(line) for line in lines if (old := present.get(identity_of(line))) and old.amount != line.amount
    )
    return Loaded(added=len(missing), present=len(lines) - len(missing), differing=differing)


def identity_of(line: PriceLine) -> _Identity:
    """What makes a line one line: there can be no second with another price."""
    return line.provider, line.model, line.operation, line.kind, line.key, line.effective_from


def lines_of(document: dict[str, Any]) -> Iterator[PriceLine]:
    """Each price line the file writes down, one for every operation, model and key of every group."""
    for group in document["groups"]:
        # One table for several models, or a table (or a single price) for each.
        tables = dict.fromkeys(group["models"], group["prices"]) if "models" in group else group["prices"]
        for model, table in tables.items():
            for key, price in (table if isinstance(table, dict) else {"": table}).items():
                for operation in group["operations"]:
                    yield _line(group, operation, model, key, price)


def _line(group: dict[str, Any], operation: str, model: str, key: str, price: str | dict[str, Any]) -> PriceLine:
    details = dict(price) if isinstance(price, dict) else {"amount": price}
    amount = usd(details.pop("amount"))
    for name in ("rates", "inputs"):
        if name in group:
            details.setdefault(name, group[name])
    return PriceLine(
        provider=group["provider"],
        model=model,
        operation=operation,
        kind=group["kind"],
        key=key,
        amount=amount,
        hd_multiplier=usd(group["hd_multiplier"]),
        effective_from=datetime.fromisoformat(group["effective_from"]).replace(tzinfo=UTC),
        source=group["source"],
        parameters=details,
    )
