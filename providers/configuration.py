"""What operators change of providers while the engine runs: which of them, and which of their models, may be used."""

from typing import Any

from rest_framework import serializers

from gencraft_media.common.configuration import (
    Change,
    Planned,
    Risk,
    RuntimeAction,
    Slot,
    Store,
    register_runtime_action,
)
from gencraft_media.common.serializers import StrictSerializer
from providers.models import Provider, ProviderModel
from providers.selectors import full_name
from providers.stores import MODELS, PROVIDERS


class ProviderParameters(StrictSerializer):
    """A provider, on or off."""

    provider = serializers.SlugRelatedField("key", queryset=Provider.objects.all())
    enabled = serializers.BooleanField()


class ModelField(serializers.Field[ProviderModel, str, str, Any]):
    """A model of the catalogue as `provider/model`."""

    def to_internal_value(self, data: str) -> ProviderModel:
        name = str(data)
        provider, _, rest = name.partition("/")
        row = ProviderModel.objects.filter(provider=provider, name__in=[rest, name]).first()
        if row is None:
            raise serializers.ValidationError(f"The catalogue has no {name}.", code="unknown")
        return row

    def to_representation(self, value: ProviderModel) -> str:
        return full_name(value.provider_id, value.name)


class ModelParameters(StrictSerializer):
    """A model, on or off."""

    model = ModelField()
    enabled = serializers.BooleanField()


def _switched(store: Store, key: str, enabled: bool, label: str) -> Planned:
    before = store.read(key)["enabled"]
    return Planned((Change(Slot(store.name, key, "enabled"), before, enabled, label, Risk.AVAILABILITY),))


def _plan_provider(provider: Provider, enabled: bool) -> Planned:
    return _switched(PROVIDERS, provider.pk, enabled, f"The provider {provider.label} may be used")


def _plan_model(model: ProviderModel, enabled: bool) -> Planned:
    planned = _switched(
        MODELS, str(model.pk), enabled, f"The model {full_name(model.provider_id, model.name)} may be used"
    )
    off = enabled and not model.provider.enabled
    return Planned(planned.changes, (f"Its provider {model.provider.label} is switched off.",)) if off else planned


register_runtime_action(
    RuntimeAction(
        "provider.enable",
        "Switch a provider on or off",
        ProviderParameters,
        _plan_provider,
        ("Disable the provider stability", "Enable openai"),
    )
)
register_runtime_action(
    RuntimeAction(
        "model.enable",
        "Switch a model on or off",
        ModelParameters,
        _plan_model,
        ("Disable the model openai/dall-e-3",),
    )
)
