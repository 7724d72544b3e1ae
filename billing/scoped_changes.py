"""Planning one field of settings that hold by scope."""

from typing import Any

from billing.scopes import narrower_scopes, scope_label, scope_labels
from gencraft_media.common.configuration import Change, Planned, Risk, Slot, Store
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.settings_store import values_by_scope

_MOST_NAMED = 5


def scoped_change(
    kind: type[VersionedSettings], store: Store, scope: str, field: str, value: Any, *, label: str, risk: Risk
) -> Planned:
    """`value`, as JSON has it, for a scope. Narrower scopes that say otherwise keep it, and a note says so."""
    before = store.read(scope)[field]
    change = Change(Slot(store.name, scope, field), before, value, f"{label}, {scope_label(scope)}", risk)
    said = values_by_scope(kind, field)
    keeping = [other for other in narrower_scopes(scope, said) if said[other] != value]
    if not keeping:
        return Planned((change,))
    labels = scope_labels(keeping[:_MOST_NAMED])
    named = ", ".join(f"{words} ({said[other]})" for other, words in labels.items())
    more = f" and {len(keeping) - _MOST_NAMED} more" if len(keeping) > _MOST_NAMED else ""
    return Planned((change,), (f"{label} stays as it is {named}{more}.",))
