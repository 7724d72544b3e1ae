"""How models are chosen and what pictures must be worth, by scope: everywhere, for a plan, for one project."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from billing.admin import VersionedSettingsAdmin
from billing.models import Plan
from gencraft_media.accounts.models import Project
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.models import QualitySettings, RoutingSettings
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.names import unknown_name

GLOBAL = "global"
_NARROWER = "Empty: what the next wider scope says."
# Instead of "Unknown", in the words of Django's widget.
_YES_OR_NO = [("unknown", "As the next wider scope says"), ("true", "Yes"), ("false", "No")]


def scopes() -> list[tuple[str, str]]:
    """Where settings can hold, from the widest to the narrowest."""
    plans = [(f"plan:{plan.key}", f"Plan: {plan.label}") for plan in Plan.objects.order_by("key")]
    projects = Project.objects.order_by("name", "pk").values_list("pk", "name")
    return [(GLOBAL, "Everywhere"), *plans, *((f"project:{pk}", f"Project: {name} ({pk})") for pk, name in projects)]


class NamesField(forms.CharField):
    """Providers or `provider/model`, a line each; nothing is None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        names = list(dict.fromkeys(super().clean(value).replace(",", " ").split()))
        spellings = current_index().spellings
        wrong = [error.message for name in names if (error := unknown_name("", name, spellings)) is not None]
        if wrong:
            raise forms.ValidationError(wrong)
        return names or None


class ScopeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Settings for a scope of the operator's choice."""

    scope = forms.ChoiceField(choices=scopes, widget=UnfoldAdminSelectWidget)


class RoutingSettingsForm(ScopeForm):
    """The choice of models."""

    allow = NamesField(help_text="Providers or provider/model, a line each: no other is chosen. " + _NARROWER)
    deny = NamesField(help_text="Providers or provider/model that are never chosen. " + _NARROWER)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("fallback", "fallback_after_moderation"):
            if name in self.fields:
                self.fields[name].widget.choices = _YES_OR_NO

    class Meta:
        model = RoutingSettings
        fields: ClassVar[list[str]] = [
            "scope",
            "strategy",
            "max_cost",
            "max_seconds",
            "allow",
            "deny",
            "fallback",
            "fallback_after_moderation",
            "fallback_extra_percent",
            "reason",
        ]
        help_texts: ClassVar[dict[str, str]] = {
            "strategy": _NARROWER,
            "max_cost": "US dollars that a whole request may cost its client. " + _NARROWER,
            "max_seconds": "How long one output may be expected to take. " + _NARROWER,
            "fallback": "Whether another model may step in where one does not take a request. " + _NARROWER,
            "fallback_after_moderation": "Whether it may after a refusal by content rules; each time is audited.",
            "fallback_extra_percent": "How much more than the quote a model that steps in may cost us. The client pays "
            "the quote at most.",
        }


class QualitySettingsForm(ScopeForm):
    """What an output must be worth."""

    class Meta:
        model = QualitySettings
        fields: ClassVar[list[str]] = ["scope", "threshold", "retries", "reason"]
        help_texts: ClassVar[dict[str, str]] = {
            "threshold": "0 to 1: an output below it is made once more, then refused uncharged. " + _NARROWER,
            "retries": "How often it is made once more. " + _NARROWER,
        }


class ScopedSettingsAdmin(VersionedSettingsAdmin):
    """Changed by adding a version for a scope; the newest of each scope holds."""

    list_filter = ("scope",)
    ordering = ("scope", "-version")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The settings in force for the scope that the address names, everywhere by default."""
        kind: type[VersionedSettings] = self.model
        scope = request.GET.get("scope", GLOBAL)
        return {**current_settings(kind, scope).values(), "scope": scope}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        kind: type[VersionedSettings] = self.model
        said = {name: value for name, value in obj.values().items() if name in form.cleaned_data}
        saved = save_settings(kind, said, scope=obj.scope, actor=request.user, reason=obj.reason)
        # The row that holds is the one the service wrote: the admin goes on with it.
        obj.__dict__.update(saved.__dict__)


@admin.register(RoutingSettings)
class RoutingSettingsAdmin(ScopedSettingsAdmin):
    """How models are chosen."""

    form = RoutingSettingsForm
    list_display = ("scope", "version", "strategy", "max_cost", "fallback", "changed_by", "reason", "created_at")


@admin.register(QualitySettings)
class QualitySettingsAdmin(ScopedSettingsAdmin):
    """What outputs must be worth."""

    form = QualitySettingsForm
    list_display = ("scope", "version", "threshold", "retries", "changed_by", "reason", "created_at")
