"""What the forms of all cards have in common: a reason, the site's dress, secrets that only go in."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.crypto import salted_hmac
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, SWITCH_CLASSES

from gencraft_media.common.errors import FieldError
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.sealed import SealBroken, seal, unseal

_SHOWN_CHARACTERS = 4
_LONG_ENOUGH = 16
# The hidden field that carries secrets which are not saved yet.
CARRIED = "typed"
# Begins the names of the fields that throw a secret away.
_FORGET = "forget_"
_UNCHANGED = "Leave empty to keep what there is."


class SecretField(forms.CharField):
    """A secret: typed in, sealed, never shown again. Empty keeps the one there is."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"})
        help_text = options.pop("help_text", "") or f"Sealed, and never shown again. {_UNCHANGED}"
        super().__init__(required=False, strip=True, widget=widget, help_text=help_text, **options)


class CardForm(forms.Form):
    """One card. `fieldsets`: heading and names, in the order of the page; a field in none of them is not shown."""

    fieldsets: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = ()
    reason = forms.CharField(label="Reason", required=False, max_length=500)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **options})
        # What was typed in of secrets, now or on the way here, and is not saved yet.
        self.typed: dict[str, str] = self._typed_secrets()
        for field in self.fields.values():
            dress(field)

    @property
    def secrets(self) -> list[str]:
        """The names of the fields that only go in."""
        return [name for name, field in self.fields.items() if isinstance(field, SecretField)]

    @property
    def sealed(self) -> str:
        """The secrets that were typed in, for the page to carry where nobody can read them; "" where none was."""
        return seal(json.dumps({"card": self.prefix, "typed": self.typed})) if self.typed else ""

    def clean(self) -> dict[str, Any]:
        """A secret that was typed in before is said as if it were typed in now."""
        return {**(super().clean() or {}), **self.typed}

    @property
    def forgetting(self) -> list[str]:
        """The names of the fields that throw a secret away."""
        return [name for name in self.fields if name.startswith(_FORGET)]

    def show_secret_state(self, states: Mapping[str, str]) -> None:
        """Say of each secret where its field is empty: "••••1a2b", or that there is none."""
        not_saved = {name: f"{masked(secret)} (not saved yet)" for name, secret in self.typed.items()}
        for name, state in {**states, **not_saved}.items():
            if name in self.fields:
                self.fields[name].widget.attrs["placeholder"] = state

    def said(self) -> dict[str, Any]:
        """What a valid form says, as JSON has it; of secrets those that were typed in."""
        secrets = self.secrets
        return {
            name: plain_value(value)
            for name, value in self.cleaned_data.items()
            if name != "reason" and (name not in secrets or value)
        }

    def raw_values(self) -> dict[str, Any]:
        """What was typed, right or wrong, to fill in the form once more; secrets are typed anew."""
        return {
            name: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            for name, field in self.fields.items()
            if name not in self.secrets
        }

    def add_problems(self, error: ValidationError) -> None:
        """Put what a model refuses at the fields it names; a field that the form lacks, above all."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, problems in error.error_dict.items():
            self.add_error(name if name in self.fields and name != NON_FIELD_ERRORS else None, problems)

    def add_field_errors(self, errors: tuple[FieldError, ...], names: Mapping[str, str], otherwise: str) -> None:
        """Put what a service refuses at the fields it names in the API's spelling."""
        for error in errors:
            name = names.get(error.field, error.field)
            self.add_error(name if name in self.fields else None, error.message)
        if not errors:
            self.add_error(None, otherwise)

    def _typed_secrets(self) -> dict[str, str]:
        typed = {}
        carried = self._carried_secrets() if self.is_bound else {}
        for name in self.secrets:
            secret = str(self.data.get(self.add_prefix(name), "")).strip() or carried.get(name, "")
            if secret:
                typed[name] = secret
        return typed

    def _carried_secrets(self) -> dict[str, str]:
        try:
            carried = json.loads(unseal(self.data.get(self.add_prefix(CARRIED), "")))
            return dict(carried["typed"]) if carried["card"] == self.prefix else {}
        except (SealBroken, ValueError):
            # There are none, or they are not ours.
            return {}

    def disable(self) -> None:
        """For those who may only read: of secrets they see nothing at all."""
        for name in [*self.secrets, *self.forgetting, "reason"]:
            del self.fields[name]
        for field in self.fields.values():
            field.disabled = True


def plain_value(value: Any) -> Any:
    """A value as JSON has it: equal amounts are equal texts."""
    return exact_text(value) if isinstance(value, Decimal) else value


def masked(secret: str) -> str:
    """The end of a secret, which tells two apart and opens nothing; "" where there is none."""
    if not secret:
        return ""
    return f"••••{secret[-_SHOWN_CHARACTERS:]}" if len(secret) > _LONG_ENOUGH else "••••"


def fingerprint(secret: str) -> str:
    """What differs where two secrets do, and tells nothing of either; "" where there is none."""
    return salted_hmac("media-settings", secret).hexdigest() if secret else ""


def dress(field: forms.Field) -> None:
    """Unfold's classes: plain inputs cannot be read in its dark mode."""
    widget = field.widget
    if isinstance(widget, forms.CheckboxInput):
        classes = SWITCH_CLASSES
    elif isinstance(widget, forms.Select):
        classes = SELECT_CLASSES
    else:
        classes = INPUT_CLASSES
    widget.attrs.setdefault("class", " ".join(classes))
