"""What differs between two states of a card, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from gencraft_media.console.media_settings.forms import CardForm

NOTHING = "—"


@dataclass(frozen=True)
class Difference:
    """One field before and after, as people read it."""

    label: str
    before: str
    after: str


def differences(form: CardForm, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The fields of `after` that say something else than in `before`. Of a secret it is said that it was replaced."""
    found = []
    for name, value in after.items():
        if before.get(name) == value:
            continue
        shown = form.fields.get(name)
        label = str(shown.label) if shown is not None and shown.label else name.replace("_", " ").capitalize()
        if name in form.secrets:
            found.append(Difference(label, "", "a new one" if value else "forgotten"))
        else:
            found.append(Difference(label, in_words(shown, before.get(name)), in_words(shown, value)))
    return found


def in_words(field: forms.Field | None, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "; ".join(_entry(entry) for entry in value)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return dict(_flat(choices)).get(str(value), str(value))
    return "unlimited" if value == -1 else str(value)


def _entry(entry: Any) -> str:
    if isinstance(entry, Mapping) and {"credits", "price", "discount"} <= entry.keys():
        return f"{entry['credits']} credits for ${entry['price']} less {entry['discount']} %"
    return str(entry)


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), str(label)
