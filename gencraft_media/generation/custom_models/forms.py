"""One form for a custom model, whatever its kind; what it says is read as the API's bodies are (form_documents)."""

from typing import Any, ClassVar

from django import forms
from django.db import transaction
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from gencraft_media.common.errors import Conflict, FieldError, InvalidRequest
from gencraft_media.generation.custom_models.fields import UNITS, ModelChanges, NewModel
from gencraft_media.generation.custom_models.form_documents import (
    OPERATIONS,
    document_of,
    field_for,
    initial_of,
)
from gencraft_media.generation.custom_models.services import change_custom_model, create_custom_model
from providers.kinds import KINDS
from providers.models import CustomModel, ProviderModel

_FIXED = ("kind", "provider", "name")


def _text(label: str, help_text: str = "", *, required: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


def _lines(label: str, help_text: str, rows: int = 3) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(label=label, required=False, help_text=help_text, widget=widget)


def _number(label: str, help_text: str = "") -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget()
    return forms.IntegerField(label=label, required=False, help_text=help_text, widget=widget)


def _amount(label: str, help_text: str, *, places: int) -> forms.DecimalField:
    widget = UnfoldAdminDecimalFieldWidget(attrs={"step": "any"})
    return forms.DecimalField(
        label=label, required=False, help_text=help_text, widget=widget, max_digits=16, decimal_places=places
    )


def _choice(label: str, choices: Any, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=help_text, widget=UnfoldAdminSelectWidget())


def _switch(label: str, help_text: str = "") -> forms.BooleanField:
    widget = UnfoldBooleanSwitchWidget()
    return forms.BooleanField(label=label, required=False, initial=True, help_text=help_text, widget=widget)


class CustomModelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model and its server. Fields of the other kinds are hidden by a script, and not read."""

    kind = _choice("Kind of server", [(kind.name, kind.label) for kind in KINDS.values()])
    provider = _text(
        "Server", "A short name of yours, as clients write it: gpu-box. The same name adds a second model."
    )
    provider_label = _text("Server's label", "As people read it.")
    base_url = _text("Address", "For example http://gpu-box:7860. Hosts of your own have to be named in EGRESS_ALLOW.")
    new_key = forms.CharField(
        label="Key",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Sealed and never shown again; user:password for a login. Empty: the one there is, or none.",
    )
    forget_key = forms.BooleanField(label="Forget the key", required=False, widget=UnfoldBooleanSwitchWidget())
    requests_per_minute = _number("Requests a minute", "-1: no limit.")
    concurrent_requests = _number("Requests at once", "-1: no limit. Empty: what is usual for the kind.")
    spend_per_day = _amount("US dollars a day", "-1: no limit.", places=2)

    name = _text("Model", "As clients name it: house-style.", required=True)
    label = _text("Label", "As people read it.")
    operations = forms.MultipleChoiceField(
        label="Operations",
        choices=[(name, name) for name in OPERATIONS],
        initial=["text-to-image"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    trigger_words = _text("Trigger words", "Follow each prompt; separated by commas.")
    enabled = _switch("Enabled")
    routable = _switch("May be chosen", "Off: used only where a client names it.")
    price = _amount(
        "Price in US dollars", "What a unit costs you; clients pay the markup on top. 0 is free.", places=10
    )
    price_unit = _choice("For each", [(unit, unit) for unit in UNITS])
    quality_prior = _amount("Quality, 0 to 1", "How good you hold it to be, until there are ratings.", places=3)
    typical_seconds = _number("Usual seconds", "For one picture, until there is history.")
    default_size = _text("Usual size", "1024x1024. Empty: what is usual, or what the workflow draws.")
    sizes = _text("Sizes", "Where only some are drawn well: 1024x1024, 832x1216. Empty: any.")
    outputs_per_call = _number("Pictures a request", "Empty: what is usual for the kind.")

    server_model = _text("Model at the server", "Its name there, as the connection test lists it.")
    server_fields = _lines("Names of fields", 'As JSON: {"seed": "seed", "negativePrompt": "negative_prompt"}.')
    extra = _lines("Fixed fields", 'Sent with every request, as JSON: {"quality": "high"}.')
    checkpoint = _text("Checkpoint", "As the connection test lists it. Empty: whatever is loaded.")
    loras = _lines("LoRAs", "One a line, with its weight: house-style: 0.8")
    negative = _text("Negative prompt", "Goes before the client's own.")
    steps = _number("Steps")
    cfg_scale = _amount("CFG scale", "", places=2)
    sampler = _text("Sampler", "As the server calls it: DPM++ 2M.")
    workflow = _lines("Workflow", "As ComfyUI writes it with Export (API).", rows=10)
    inputs = _lines("Inputs", "Where the parts of a request go, one a line: prompt: 6.inputs.text", rows=6)
    factor = _number("Factor", "For upscale: how many times larger the workflow makes a picture.")

    # Who saves; the admin sets it.
    actor: ClassVar[Any] = None

    class Meta:
        model = CustomModel
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values: dict[str, Any] = {}
        if self.instance.pk is not None:
            self.initial.update(initial_of(self.instance))
            for name in _FIXED:
                # What jobs, prices and wiring hang on.
                self.fields[name].disabled = True
        else:
            del self.fields["forget_key"]
            for name in ("provider", "price"):
                self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        """All that the service would refuse is refused here, beside the field that it is about."""
        said = super().clean() or {}
        if self.errors:
            return said
        try:
            document = document_of(said, self.instance if self.instance.pk is not None else None)
            self.values = (NewModel if self.instance.pk is None else ModelChanges).read(document)
            with transaction.atomic():
                self.apply()
                transaction.set_rollback(True)
        except InvalidRequest as error:
            for entry in error.errors:
                self._note(entry)
        except Conflict as error:
            self.add_error("name", error.message)
        return said

    def _post_clean(self) -> None:
        """The fields are no columns: the services judge them, above."""

    def apply(self) -> ProviderModel:
        """Do what the form says. Raises what the services raise."""
        if self.instance.pk is None:
            return create_custom_model(self.values, actor=self.actor)
        row = ProviderModel.objects.get(pk=self.instance.pk)
        return change_custom_model(row, self.values, actor=self.actor)

    def _note(self, entry: FieldError) -> None:
        name = field_for(entry.field, self.cleaned_data.get("kind", ""))
        self.add_error(name if name in self.fields else None, entry.message)
