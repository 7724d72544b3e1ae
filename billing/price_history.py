"""A model's price lines as people read them: what holds, what will, what did, and who said so."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from billing.models import PriceLine
from billing.pricelist import ANY
from gencraft_media.common.models import AuditEntry

_MOST_LINES = 200
IN_FORCE, LATER, PAST = "in force", "later", "past"
_FROM_THE_FILE = "price file"


@dataclass(frozen=True)
class PriceRow:
    """One line, whether it holds at the moment that was asked for, and who added it."""

    line: PriceLine
    state: str
    added_by: str


def price_history(provider: str, model: str, *, at: datetime | None = None) -> list[PriceRow]:
    """The lines that can price the model, those of any model of its provider too; what begins last comes first."""
    moment = at or timezone.now()
    chosen = PriceLine.objects.filter(Q(model=model) | Q(model=ANY), provider=provider)
    lines = list(chosen.order_by("-effective_from", "-pk")[:_MOST_LINES])
    authors = _authors(lines)
    held = {line.pk for line in _in_force(lines, moment)}
    return [
        PriceRow(
            line,
            IN_FORCE if line.pk in held else LATER if line.effective_from > moment else PAST,
            authors.get(str(line.pk), _FROM_THE_FILE),
        )
        for line in lines
    ]


def _in_force(lines: list[PriceLine], moment: datetime) -> list[PriceLine]:
    """The first of each key that has begun, of the kind that its model and operation are priced by now."""
    kinds: dict[tuple[str, str], str] = {}
    held: dict[tuple[str, str, str], PriceLine] = {}
    for line in lines:
        if line.effective_from > moment:
            continue
        kind = kinds.setdefault((line.model, line.operation), line.kind)
        if line.kind == kind:
            held.setdefault((line.model, line.operation, line.key), line)
    return list(held.values())


def _authors(lines: list[PriceLine]) -> dict[str, str]:
    entries = AuditEntry.objects.filter(
        target_kind=PriceLine._meta.label_lower, target_id__in=[str(line.pk) for line in lines]
    )
    return dict(entries.values_list("target_id", "actor_label"))
