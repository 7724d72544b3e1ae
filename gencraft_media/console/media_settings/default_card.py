"""What is made where a request is silent, for a scope of the operator's choice."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from billing.models import UNLIMITED
from billing.scopes import scope_label
from gencraft_media.console.media_settings.cards import SettingsCard
from gencraft_media.console.media_settings.differences import in_words
from gencraft_media.console.media_settings.forms import CardForm
from gencraft_media.console.media_settings.scopes import Inherited, inherited_values, scope_choices
from gencraft_media.generation.media_settings import MediaSettings, PictureFormat, Quality
from gencraft_media.generation.policy import MediaPolicy
from providers.models import ProviderModel
from providers.operations import Operation
from providers.selectors import SIM, full_name

_QUALITIES = [(Quality.STANDARD.value, "Standard"), (Quality.HD.value, "HD")]
_FORMATS = [
    (PictureFormat.PNG.value, "PNG"),
    (PictureFormat.JPEG.value, "JPEG"),
    (PictureFormat.WEBP.value, "WebP"),
    (PictureFormat.AVIF.value, "AVIF"),
]


class DefaultsForm(CardForm):
    """Empty is what the next wider scope says."""

    fieldsets = (
        ("Generation", ("enabled", "default_model")),
        ("Pictures", ("quality", "format", "compression", "max_resolution")),
        ("Keeping", ("retention_days",)),
    )
    enabled = forms.TypedChoiceField(
        label="Enabled",
        required=False,
        choices=[("", ""), ("True", "On"), ("False", "Off")],
        coerce=lambda said: said == "True",
        empty_value=None,
        help_text="Off: new requests are refused; what was admitted is finished.",
    )
    quality = forms.ChoiceField(label="Quality", required=False, choices=[("", ""), *_QUALITIES])
    format = forms.ChoiceField(label="Format", required=False, choices=[("", ""), *_FORMATS])
    compression = forms.IntegerField(
        label="Compression", required=False, min_value=0, max_value=100, help_text="Of lossy formats, 0 to 100."
    )
    max_resolution = forms.IntegerField(
        label="Largest side",
        required=False,
        min_value=64,
        max_value=16_384,
        help_text="Pixels of what is generated; upscales are bounded by their own models.",
    )
    default_model = forms.ChoiceField(
        label="Model", required=False, help_text="For requests that name neither provider, model nor strategy."
    )
    retention_days = forms.IntegerField(
        label="Days kept",
        required=False,
        min_value=-1,
        max_value=36_500,
        help_text="Of pictures that were not given another time; −1: they stay.",
    )

    def choose_model_from(self, choices: list[Any]) -> None:
        """Offer these models."""
        field: Any = self.fields["default_model"]
        field.choices = choices

    def show_inherited(self, inherited: dict[str, Inherited]) -> None:
        """Say at each field what holds while it is empty."""
        for name, found in inherited.items():
            field: Any = self.fields[name]
            text = f"{_shown(name, field, found.value)} (from {found.source})"
            if hasattr(field, "choices"):
                field.choices = [("", text), *list(field.choices)[1:]]
            else:
                field.widget.attrs["placeholder"] = text


class DefaultsCard(SettingsCard):
    """The defaults of one scope."""

    key = "defaults"
    permissions = ("generation.change_mediasettings",)
    form_class = DefaultsForm
    kind = MediaSettings

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.title = f"Defaults {scope_label(scope)}"
        self.about = "Empty fields say nothing: the next wider scope holds."

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        form = super().form(data, initial)
        assert isinstance(form, DefaultsForm)
        # The one in force stays among the choices, whatever became of it.
        form.choose_model_from(model_choices(str(self.row().default_model)))
        form.show_inherited(inherited_values(MediaSettings, self.scope, MediaPolicy()))
        return form

    def extras(self, form: CardForm) -> dict[str, Any]:
        return {"scope": self.scope, "scopes": scope_choices(self.scope)}


def model_choices(chosen: str) -> list[Any]:
    """Models that make pictures from a text, by provider, as `provider/model`."""
    today = timezone.now().date()
    current = Q(retires_at=None) | Q(retires_at__gt=today)
    # Of the simulator's many failures none is meant by anybody who makes pictures.
    rows = ProviderModel.objects.filter(current, enabled=True).exclude(provider=SIM, routable=False)
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in rows.select_related("provider").order_by("provider", "pk"):
        if Operation.TEXT_TO_IMAGE in row.operations:
            name = full_name(row.provider_id, row.name)
            groups.setdefault(row.provider.label, []).append((name, row.label))
    known = {name for models in groups.values() for name, _ in models}
    others = [] if chosen in known or not chosen else [(chosen, chosen)]
    return [("", ""), *others, *groups.items()]


def _shown(name: str, field: forms.Field, value: Any) -> str:
    if name == "default_model" and not value:
        return "the engine chooses"
    return "kept for good" if name == "retention_days" and value == UNLIMITED else in_words(field, value)
