"""What operators change of generation while the engine runs: whether it runs, and what silent requests get."""

from typing import Any

from rest_framework import serializers

from billing.scoped_changes import scoped_change
from billing.scopes import ScopeField, narrower_scopes, scope_labels
from gencraft_media.common.configuration import (
    Change,
    Planned,
    Risk,
    RuntimeAction,
    Slot,
    register_runtime_action,
    register_store,
)
from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.common.settings_store import settings_store, values_by_scope
from gencraft_media.generation.models import MediaSettings, PictureFormat, Quality
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.names import unknown_name

MEDIA = register_store(settings_store(MediaSettings, "generation.media"))


class ModelNameField(serializers.CharField):
    """A model that may be asked for, in the catalogue's own spelling; "auto": the engine chooses."""

    def to_internal_value(self, data: str) -> str:
        name = str(super().to_internal_value(data))
        if name == "auto":
            return name
        spellings = current_index().spellings
        wrong = unknown_name("model", name, spellings)
        meant = sorted(spellings.get(name, ()))
        if wrong is not None or "/" not in meant[0]:
            message = wrong.message if wrong is not None else f"{name} is no model; name it as provider/model."
            raise serializers.ValidationError(message, code="unknown")
        return name if name in meant else meant[0]


class EnableParameters(StrictSerializer):
    """Whether anything may be generated."""

    enabled = serializers.BooleanField()
    scope = ScopeField()


class QualityParameters(StrictSerializer):
    """The quality where a request names none."""

    quality = serializers.ChoiceField(Quality.choices)
    scope = ScopeField()


class FormatParameters(StrictSerializer):
    """The format of pictures."""

    format = serializers.ChoiceField(PictureFormat.choices)
    scope = ScopeField()


class CompressionParameters(StrictSerializer):
    """The quality of lossy formats, 0-100."""

    compression = serializers.IntegerField(min_value=0, max_value=100)
    scope = ScopeField()


class ResolutionParameters(StrictSerializer):
    """The longest side of what is generated, in pixels."""

    pixels = serializers.IntegerField(min_value=64, max_value=16_384)
    scope = ScopeField()


class DefaultModelParameters(StrictSerializer):
    """The model where a request names neither provider, model nor strategy."""

    model = ModelNameField(max_length=151)
    scope = ScopeField()


class RetentionParameters(StrictSerializer):
    """Days until a picture goes; -1: it stays."""

    days = serializers.IntegerField(min_value=-1, max_value=36_500)
    scope = ScopeField()


def _media(scope: str, field: str, value: Any, label: str, risk: Risk) -> Planned:
    return scoped_change(MediaSettings, MEDIA, scope, field, value, label=label, risk=risk)


def _plan_enable(enabled: bool, scope: str) -> Planned:
    label = "Pictures may be generated"
    planned = _media(scope, "enabled", enabled, label, Risk.AVAILABILITY)
    if scope != EVERYWHERE:
        return planned
    # Everybody is everybody: what narrower scopes say against it is cleared, not kept.
    said = values_by_scope(MediaSettings, "enabled")
    against = [other for other in narrower_scopes(scope, said) if said[other] != enabled]
    cleared = tuple(
        Change(Slot(MEDIA.name, other, "enabled"), said[other], None, f"{label}, {words}", Risk.AVAILABILITY)
        for other, words in scope_labels(against).items()
    )
    notes = (f"Cleared where {len(against)} plans or projects said otherwise.",) if against else ()
    return Planned((*planned.changes, *cleared), notes)


def _plan_quality(quality: str, scope: str) -> Planned:
    return _media(scope, "quality", quality, "Quality by default", Risk.MONEY)


def _plan_format(format: str, scope: str) -> Planned:
    return _media(scope, "format", format, "Format by default", Risk.QUALITY)


def _plan_compression(compression: int, scope: str) -> Planned:
    return _media(scope, "compression", compression, "Compression", Risk.QUALITY)


def _plan_resolution(pixels: int, scope: str) -> Planned:
    return _media(scope, "max_resolution", pixels, "Longest side in pixels", Risk.QUALITY)


def _plan_model(model: str, scope: str) -> Planned:
    return _media(scope, "default_model", None if model == "auto" else model, "Model by default", Risk.MONEY)


def _plan_retention(days: int, scope: str) -> Planned:
    return _media(scope, "retention_days", days, "Days that new pictures stay", Risk.AVAILABILITY)


def _register(name: str, label: str, parameters: type[StrictSerializer], plan: Any, *examples: str) -> None:
    register_runtime_action(RuntimeAction(name, label, parameters, plan, examples))


_register(
    "media.enable",
    "Switch generation on or off",
    EnableParameters,
    _plan_enable,
    "Enable AI image generation for all projects",
)
_register(
    "media.quality",
    "Set the quality by default",
    QualityParameters,
    _plan_quality,
    "Set default image quality to HD for premium users",
)
_register("media.format", "Set the format by default", FormatParameters, _plan_format, "Use avif by default")
_register("media.compression", "Set the compression", CompressionParameters, _plan_compression, "Set compression to 75")
_register(
    "media.resolution",
    "Bound the size of what is generated",
    ResolutionParameters,
    _plan_resolution,
    "Set the maximum resolution to 1024 for free users",
)
_register(
    "media.model",
    "Set the model by default",
    DefaultModelParameters,
    _plan_model,
    "Use flux/flux-2-pro by default for the plan pro",
)
_register(
    "media.retention", "Set how long pictures stay", RetentionParameters, _plan_retention, "Keep images for 90 days"
)
