"""What clients pay on top of providers' prices, what batches save, and the credits that are sold."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from billing.margins import find_margin_warning
from billing.models import PricingSettings
from billing.money import usd
from gencraft_media.common.exact_values import exact_text
from gencraft_media.console.media_settings.cards import SettingsCard, State
from gencraft_media.console.media_settings.forms import CardForm
from gencraft_media.console.media_settings.packages import PackagesField
from gencraft_media.console.media_settings.preview import prices_with

# Field of the form, in percent -> column, a fraction of 1.
_FRACTIONS = {"batch_step_percent": "batch_discount_step", "batch_cap_percent": "batch_discount_cap"}
_PERCENT: dict[str, Any] = {"min_value": 0, "max_value": 100, "decimal_places": 2, "max_digits": 5}


class PricingForm(CardForm):
    """Markup, batch discount and packages."""

    fieldsets = (
        ("Markup", ("markup_percent",)),
        ("Batch discount", ("batch_step_percent", "batch_cap_percent")),
        ("Credit packages", ("credit_packages",)),
    )
    markup_percent = forms.DecimalField(
        label="Markup, percent", help_text="Added to what the provider takes, 0 to 100.", **_PERCENT
    )
    batch_step_percent = forms.DecimalField(
        label="For each further output, percent",
        help_text="Saved on the base price, from the second output on.",
        **_PERCENT,
    )
    batch_cap_percent = forms.DecimalField(
        label="At most, percent", help_text="However large the batch is.", **_PERCENT
    )
    credit_packages = PackagesField(
        label="", required=False, help_text="1 credit pays for $0.01. Discounts are percent off the price."
    )


class PricingCard(SettingsCard):
    """The prices, with what each model then costs."""

    key = "pricing"
    title = "Pricing"
    about = "For every quote from now on; jobs that were admitted keep their price."
    permissions = ("billing.change_pricingsettings",)
    form_class = PricingForm
    kind = PricingSettings
    template: ClassVar[str] = "media_settings/pricing_card.html"

    def state(self) -> State:
        row = self.row()
        values = {
            "markup_percent": exact_text(usd(row.markup_percent)),
            **{name: exact_text(usd(getattr(row, column)) * 100) for name, column in _FRACTIONS.items()},
            "credit_packages": row.credit_packages,
        }
        return State(values, str(row.version))

    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        super().save(_columns(changes), actor=actor, reason=reason, state=state)

    def warning(self) -> str:
        row = self.row()
        return find_margin_warning(usd(row.markup_percent), usd(row.batch_discount_cap)) or ""

    def extras(self, form: CardForm) -> dict[str, Any]:
        """The prices with the values in the form where it is filled in rightly, else with those in force."""
        row = self.row()
        is_edited = form.is_bound and form.is_valid()
        if is_edited and isinstance(form, PricingForm):
            row = PricingSettings(**{**row.values(), **_exact_columns(form.said())}, version=row.version)
        return {
            "prices": prices_with(row),
            "is_edited": is_edited,
            "margin_warning": find_margin_warning(usd(row.markup_percent), usd(row.batch_discount_cap)),
        }


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _FRACTIONS.get(name, name): exact_text(Decimal(value) / 100) if name in _FRACTIONS else value
        for name, value in values.items()
    }


def _exact_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(values)
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in columns.items()}
