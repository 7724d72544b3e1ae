"""Bodies and answers of the routes for custom models."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from rest_framework import serializers

from billing.models import PriceKind
from billing.pricelist import ANY
from gencraft_media.common.egress import EgressRefused, configured_policy
from gencraft_media.common.serializers import StrictSerializer
from providers.kinds import KINDS
from providers.limits import UNLIMITED

LONGEST_KEY = 1_000
_MOST_PRICES = 20
# What the column holds.
_MOST_REQUESTS = 2_147_483_647
ADVICE = (
    "A server of your own, with a private address, a port of its own or plain http, is opened by naming it in the"
    " environment variable EGRESS_ALLOW, as in EGRESS_ALLOW=gpu-box:7860; then start the engine anew."
)
_SIZE: dict[str, Any] = {
    "regex": r"^[1-9]\d{1,3}x[1-9]\d{1,3}$",
    "error_messages": {"invalid": "Write a size in pixels as in 1024x768."},
}
ALL_OPERATIONS = list(dict.fromkeys(str(name) for kind in KINDS.values() for name in kind.operations))
# The units that a request to a server of one's own is counted in.
UNITS = [PriceKind.IMAGE.value, PriceKind.MEGAPIXEL.value, PriceKind.STEP.value, PriceKind.CALL.value]


class SaidLimits(StrictSerializer):
    """What a model draws: a list of sizes, or any size between bounds on a grid. Sides in pixels."""

    defaultSize = serializers.RegexField(**_SIZE, source="default_size", required=False)
    sizes = serializers.ListField(
        child=serializers.RegexField(**_SIZE), source="values", min_length=1, max_length=50, required=False
    )
    minimumSide = serializers.IntegerField(source="minimum_side", min_value=16, max_value=8192, required=False)
    maximumSide = serializers.IntegerField(source="maximum_side", min_value=64, max_value=8192, required=False)
    sideMultiple = serializers.IntegerField(source="multiple", min_value=1, max_value=256, required=False)
    promptLength = serializers.IntegerField(source="prompt_length", min_value=1, max_value=32_000, required=False)
    outputsPerCall = serializers.IntegerField(source="outputs_per_call", min_value=1, max_value=16, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        least, most = attrs.get("minimum_side", 16), attrs.get("maximum_side", 8192)
        if least > most:
            raise serializers.ValidationError({"maximumSide": "It is below minimumSide."})
        step = attrs.get("multiple", 1)
        if most // step < -(-least // step):
            raise serializers.ValidationError({"sideMultiple": "No multiple of it lies between the sides."})
        return attrs


class PriceSerializer(StrictSerializer):
    """What one unit costs us, in US dollars as text; "0" is free, and only where it is said."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=10, min_value=0)
    unit = serializers.ChoiceField(UNITS, source="kind", default=PriceKind.IMAGE.value)
    operation = serializers.ChoiceField(
        [ANY, *ALL_OPERATIONS], default=ANY, help_text='"*": every one without its own.'
    )

    def to_internal_value(self, data: Any) -> Any:
        amount = data.get("amount") if isinstance(data, dict) else None
        if isinstance(amount, float | bool):
            raise serializers.ValidationError(
                {"amount": 'Money is text, as in "0.004": a fraction would not be exact.'}
            )
        return super().to_internal_value(data)


class ModelChanges(StrictSerializer):
    """The body of PATCH: what is absent stays. `apiKey` "" forgets the key; limits and wiring go as a whole."""

    providerLabel = serializers.CharField(source="provider_label", max_length=100, required=False)
    baseUrl = serializers.CharField(source="base_url", max_length=200, required=False)
    apiKey = serializers.CharField(
        source="api_key", max_length=LONGEST_KEY, required=False, allow_blank=True, write_only=True
    )
    requestsPerMinute = serializers.IntegerField(
        source="requests_per_minute", min_value=UNLIMITED, max_value=_MOST_REQUESTS, required=False
    )
    concurrentRequests = serializers.IntegerField(
        source="concurrent_requests", min_value=UNLIMITED, max_value=_MOST_REQUESTS, required=False
    )
    spendPerDay = serializers.DecimalField(
        source="spend_per_day", max_digits=12, decimal_places=2, min_value=UNLIMITED, required=False
    )
    label = serializers.CharField(max_length=100, required=False)  # type: ignore[assignment]
    enabled = serializers.BooleanField(required=False)
    operations = serializers.ListField(
        child=serializers.ChoiceField(ALL_OPERATIONS), min_length=1, max_length=len(ALL_OPERATIONS), required=False
    )
    limits = SaidLimits(required=False)
    wiring = serializers.DictField(required=False)
    routable = serializers.BooleanField(required=False)
    qualityPrior = serializers.DecimalField(
        source="quality_prior",
        max_digits=4,
        decimal_places=3,
        min_value=0,
        max_value=1,
        required=False,
        allow_null=True,
    )
    typicalSeconds = serializers.IntegerField(source="typical_seconds", min_value=1, max_value=3_600, required=False)
    prices = PriceSerializer(many=True, required=False)

    def validate_baseUrl(self, value: str) -> str:
        return checked_base_url(value)

    def validate_prices(self, value: list[Any]) -> list[Any]:
        if not 1 <= len(value) <= _MOST_PRICES:
            raise serializers.ValidationError(f"Name 1 to {_MOST_PRICES} prices.")
        if len({price["operation"] for price in value}) != len(value):
            raise serializers.ValidationError("An operation has one price.")
        return value


class NewModel(ModelChanges):
    """The body of POST. A second model on a server that is there already needs its `provider` alone."""

    provider = serializers.RegexField(
        r"^[a-z0-9][a-z0-9-]{0,49}$",
        help_text="The server, by a short name of yours.",
        error_messages={"invalid": "At most 50 small letters, digits and hyphens, as in gpu-box."},
    )
    kind = serializers.ChoiceField(list(KINDS), required=False)
    name = serializers.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$",
        error_messages={"invalid": "At most 100 letters, digits and . _ : - as in house-style."},
    )
    wiring = serializers.DictField(required=True)
    prices = PriceSerializer(many=True, required=True)


def checked_base_url(url: str) -> str:
    """The address as it is kept. What its name leads to is judged at each request. Raises DRF's ValidationError."""
    url = url.strip().rstrip("/")
    if {"?", "#"} & set(url):
        # Paths are put behind it.
        raise serializers.ValidationError("Write the address without ? and #.")
    try:
        URLValidator(["https", "http"])(_with_a_dot(url))
    except ValidationError as error:
        raise serializers.ValidationError(
            "Write it as in http://gpu-box:7860 or https://models.example.com/v1."
        ) from error
    try:
        configured_policy().target_of(url)
    except EgressRefused as error:
        raise serializers.ValidationError(
            f"This address is not let out to: {error.reason}. {ADVICE}", "egress"
        ) from error
    return url


def _with_a_dot(url: str) -> str:
    """Django takes no host name without a dot but localhost; in a network of one's own they are usual."""
    return re.sub(r"^(https?://[A-Za-z0-9_-]+)(?=[:/]|$)", r"\1.internal", url)
