"""How a body says who shall make the picture, and how the engine chooses where it is left to choose."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.models import Strategy
from gencraft_media.generation.routing.wishes import AUTO

_MOST_NAMES = 20
_LONGEST_NAME = 151
# A single provider, as bodies always had it.
_LONGEST_PROVIDER = 151


@extend_schema_field(
    {
        "description": (
            'Who makes it: "auto", a provider, "provider/model", or a list of these to choose from. "custom" is every '
            "server of the operator's own."
        ),
        "oneOf": [
            {"type": "string", "maxLength": _LONGEST_PROVIDER},
            {
                "type": "array",
                "items": {"type": "string", "maxLength": _LONGEST_NAME},
                "minItems": 1,
                "maxItems": _MOST_NAMES,
            },
        ],
        "default": AUTO,
    }
)
class ProvidersField(serializers.Field[tuple[str, ...], Any, Any, Any]):
    """One name or several; the value is the names, none for "auto"."""

    default_error_messages = {
        "shape": "Give a name, or a list of 1 to {most} names.",
        "max_length": "A name has at most {longest} characters.",
        "auto": "auto stands alone: it is every provider.",
    }

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        names = [data] if isinstance(data, str) else data
        if not isinstance(names, list) or not 0 < len(names) <= _MOST_NAMES:
            self.fail("shape", most=_MOST_NAMES)
        for name in names:
            if not isinstance(name, str) or not name.strip():
                self.fail("shape", most=_MOST_NAMES)
            if len(name) > _LONGEST_NAME:
                self.fail("max_length", longest=_LONGEST_NAME)
        unique = tuple(dict.fromkeys(name.strip() for name in names))
        if AUTO in unique and len(unique) > 1:
            self.fail("auto")
        return () if unique == (AUTO,) else unique

    def to_representation(self, value: Any) -> Any:
        return value


def _names(**options: Any) -> serializers.ListField:
    child = serializers.CharField(max_length=_LONGEST_NAME)
    return serializers.ListField(child=child, max_length=100, required=False, **options)


class ChoiceParameters(StrictSerializer):
    """Among whom is chosen, how, and within which bounds."""

    # As the document shows it; `orders.wish_from` reads both.
    provider = ProvidersField(default=AUTO)  # type: ignore[arg-type]
    strategy = serializers.ChoiceField(Strategy.values, required=False)
    maxCost = serializers.DecimalField(
        source="max_cost",
        max_digits=12,
        decimal_places=6,
        min_value=0,
        required=False,
        help_text="US dollars that the whole request may cost.",
    )
    maxSeconds = serializers.FloatField(
        source="max_seconds",
        min_value=1,
        max_value=86_400,
        required=False,
        help_text="How long one output may be expected to take.",
    )
    allow = _names(help_text="Providers or provider/model: no other is chosen.")
    deny = _names(help_text="Providers or provider/model that are not chosen.")


class RoutingParameters(ChoiceParameters):
    """Who makes it; shared by every body that starts a job."""

    model = serializers.CharField(max_length=100, required=False)
    fallback = serializers.BooleanField(
        required=False, help_text="Whether another model may step in where one does not take the request."
    )
