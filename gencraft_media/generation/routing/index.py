"""The catalogue as the choice sees it: made once, and again when a row changes."""

import json
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from gencraft_media.common.remembered import remembered
from gencraft_media.generation.routing.offers import CAPABILITY, RETIRED, Refusal
from gencraft_media.generation.routing.wishes import CUSTOM
from providers.models import ProviderModel
from providers.operations import limits_for
from providers.registry import kind_of
from providers.selectors import does, ending_models, full_name, models_offered, names_replaced

Refused = tuple[Refusal, str]
_ENDED = Refusal(RETIRED, "Was retired.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model that may be chosen."""

    row: ProviderModel
    provider: str
    model: str
    name: str
    custom: bool
    prior: float | None
    usual_seconds: float


@dataclass(frozen=True)
class Line:
    """The models that do an operation, and those that do not or no more."""

    able: tuple[Entry, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class Index:
    """Every model that may be chosen. `spellings`: what the names mean that a request may use."""

    signature: Sequence[Any] = ()
    rows: tuple[ProviderModel, ...] = ()
    entries: tuple[Entry, ...] = ()
    retired: tuple[Refused, ...] = ()
    spellings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    # What `shapes` works out of the rows holds as long as none of them changes.
    limits_keys: dict[tuple[str, str], Any] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict)
    kept_steps: dict[str, Any] = field(default_factory=dict)

    def line(self, operation: str) -> Line:
        """The models that may be chosen for an operation."""
        known = self.lines.get(operation)
        if known is None:
            known = self.lines[operation] = self._line(operation)
        return known

    def limits_key(self, entry: Entry, operation: str) -> Any:
        """Equal for models that a request fits in the same way."""
        known = self.limits_keys.get((entry.name, operation))
        if known is None:
            limits = json.dumps(limits_for(entry.row.limits, operation), sort_keys=True)
            known = self.limits_keys[entry.name, operation] = hash(limits), len(limits)
        return known

    def _line(self, operation: str) -> Line:
        unable = Refusal(CAPABILITY, f"Does not do {operation}.")
        able = tuple(entry for entry in self.entries if does(entry.row, operation))
        others = tuple((unable, entry.name) for entry in self.entries if not does(entry.row, operation))
        return Line(able, (*others, *self.retired))


_newest = Index()


@remembered
def current_index() -> Index:
    """The catalogue of today; the same object while no row has changed."""
    global _newest
    today = timezone.now().date()
    rows = models_offered()
    ended = [row for row in ending_models() if row.retires_at is not None and row.retires_at <= today and row.routable]
    every = (*rows, *ended)
    signature = [today, *((row.pk, kind_of(row.provider)) for row in every)]
    # Rows that nobody changed are the same objects (`Reading.kept_rows`).
    is_same = signature == _newest.signature and all(map(operator.is_, every, _newest.rows))
    if not is_same:
        _newest = _made(signature, rows, ended)
    return _newest


def entry_of(row: ProviderModel) -> Entry:
    """A row as the choice sees it."""
    return Entry(
        row=row,
        provider=row.provider_id,
        model=row.name,
        name=full_name(row.provider_id, row.name),
        custom=bool(row.provider.kind),
        prior=None if row.quality_prior is None else float(row.quality_prior),
        usual_seconds=float(row.typical_seconds),
    )


def _made(signature: Sequence[Any], rows: Sequence[ProviderModel], ended: Sequence[ProviderModel]) -> Index:
    entries = tuple(entry_of(row) for row in rows if row.routable and kind_of(row.provider) is not None)
    retired = tuple((_ENDED, full_name(row.provider_id, row.name)) for row in ended)
    return Index(signature, (*rows, *ended), entries, retired, _spellings(rows, ended))


def _spellings(rows: Iterable[ProviderModel], ended: Iterable[ProviderModel]) -> dict[str, frozenset[str]]:
    """By every name of a provider or a model: the catalogue's own. A retired name stands for its successor as well."""
    meant: defaultdict[str, set[str]] = defaultdict(set, {CUSTOM: {CUSTOM}})
    replaced = names_replaced()
    for row in (*ended, *rows):
        own = full_name(row.provider_id, row.name)
        meant[row.provider_id].add(row.provider_id)
        former = replaced.get((row.provider_id, row.name), [])
        for name in (row.name, *row.aliases, *former):
            meant[full_name(row.provider_id, name)].add(own)
    return {name: frozenset(names) for name, names in meant.items()}
