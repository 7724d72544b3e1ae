"""Saving a card over exactly what the person saw, or saying what changed meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict

from gencraft_media.common.errors import GenCraftError, StaleTransition
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.settings_changes import SettingsOutdated
from gencraft_media.console.media_settings.cards import Card, State
from gencraft_media.console.media_settings.differences import Difference, differences
from gencraft_media.console.media_settings.forms import CardForm

# Fields of the API -> of the forms, where services name what is wrong.
_SPELLINGS = {"apiKey": "api_key", "baseUrl": "relay_address", "prices": "price", "wiring": "relay_model"}
_UNREADABLE = "This form is not one of ours any more. Look at it again before you save."


@dataclass(frozen=True)
class Saved:
    """How a save ended: what was changed, or the form to show again and why."""

    form: CardForm
    state: State
    status: HTTPStatus = HTTPStatus.OK
    changed: list[Difference] = field(default_factory=list)
    # What somebody else changed since the form was made; None: nobody did.
    meanwhile: list[Difference] | None = None


def save_card(card: Card, posted: QueryDict, *, actor: Any) -> Saved:
    """Save what differs from what the form was made from; nothing where anything is wrong with it.

    422 with the form where values are wrong, 409 where the settings changed since the form was made.
    """
    now, seen = card.state(), State.of_token(posted.get("made_from", ""))
    form = card.form(posted, now.values)
    if seen is None:
        form.full_clean()
        form.add_error(None, _UNREADABLE)
        return Saved(form, now, HTTPStatus.CONFLICT)
    if seen != now:
        return _outdated(card, form, seen, now)
    if not form.is_valid():
        return Saved(form, now, HTTPStatus.UNPROCESSABLE_ENTITY)
    changes = {name: value for name, value in form.said().items() if now.values.get(name) != value}
    if not changes:
        return Saved(form, now)
    try:
        _write(card, changes, now, actor=actor, reason=form.cleaned_data["reason"])
    except (SettingsOutdated, StaleTransition):
        return _outdated(card, form, seen, card.state())
    except ValidationError as error:
        form.add_problems(error)
    except GenCraftError as error:
        form.add_field_errors(error.errors, _SPELLINGS, error.message)
    if form.errors:
        return Saved(form, now, HTTPStatus.UNPROCESSABLE_ENTITY)
    return Saved(form, now, changed=differences(form, {**now.values}, changes))


def _write(card: Card, changes: Mapping[str, Any], now: State, *, actor: Any, reason: str) -> None:
    with transaction.atomic():
        card.lock()
        if card.state() != now:
            raise SettingsOutdated
        card.save(changes, actor=actor, reason=reason, state=now)
        # Providers and plans are remembered for a second; the person who saved sees them at once.
        transaction.on_commit(forget_remembered)


def _outdated(card: Card, form: CardForm, seen: State, now: State) -> Saved:
    """The form once more: what the person changed over what is in force now."""
    typed = form.raw_values()
    own = {name: value for name, value in typed.items() if not _is_same(form, name, value, seen.values.get(name))}
    again = card.form(None, {**now.values, **own})
    again.typed = form.typed
    meanwhile = differences(again, seen.values, {name: now.values[name] for name in now.values})
    return Saved(again, now, HTTPStatus.CONFLICT, meanwhile=meanwhile)


def _is_same(form: CardForm, name: str, typed: Any, seen: Any) -> bool:
    """Whether a field still says what it was filled in with."""
    if form.is_valid() and name in form.said():
        return bool(form.said()[name] == seen)
    return str(typed if typed is not None else "") == str(seen if seen is not None else "")
