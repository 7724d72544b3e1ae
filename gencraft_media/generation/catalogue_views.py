"""What can be had, and what it would cost."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.errors import PriceUnknown
from billing.quotes import quote_price
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.generation.estimates import estimate
from gencraft_media.generation.media_rules import warnings_of
from gencraft_media.generation.orders import references_in, wish_from
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.route_inputs import known_inputs, policies_for
from gencraft_media.generation.serializers import CostEstimateSerializer, EstimateSerializer
from gencraft_media.generation.sunset import tell_model_sunset, tell_next_sunset
from providers.errors import ModelUnknown
from providers.models import ProviderModel
from providers.selectors import configured_providers, models_offered, names_replaced, resolve_model


class ModelSerializer(serializers.Serializer[Any]):
    """One model: what it can do, within which limits, and whether it can be used here now."""

    provider = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    configured = serializers.BooleanField(help_text="Whether its provider has a usable account.")
    isDefault = serializers.BooleanField()
    operations = serializers.ListField(child=serializers.CharField())
    limits = serializers.DictField()
    aliases = serializers.ListField(child=serializers.CharField())
    replaces = serializers.ListField(
        child=serializers.CharField(), help_text="Retired models whose names mean this one today."
    )
    typicalSeconds = serializers.IntegerField()
    availableFrom = serializers.DateField(allow_null=True)
    retiresAt = serializers.DateField(allow_null=True)
    replacedBy = serializers.CharField(allow_null=True)
    price = serializers.DecimalField(
        max_digits=16,
        decimal_places=6,
        coerce_to_string=False,
        allow_null=True,
        help_text="US dollars for one standard output at its usual size.",
    )

    class Meta:
        ref_name = "MediaModel"


class ModelListSerializer(serializers.Serializer[Any]):
    """Every model a client may name today."""

    items = ModelSerializer(many=True)

    class Meta:
        ref_name = "MediaModelList"


class ModelsView(ApiView):
    """The catalogue."""

    @extend_schema(operation_id="listModels", responses={200: ModelListSerializer})
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        offered, configured, replaced = models_offered(), configured_providers(), names_replaced()
        rows = [_model_document(row, configured, replaced.get((row.provider_id, row.name), [])) for row in offered]
        response = Response(ModelListSerializer({"items": rows}).data)
        tell_next_sunset(response, offered)
        return response


class ModelView(ApiView):
    """One of them, by any name under which it can be asked for."""

    @extend_schema(
        operation_id="getModel",
        responses={200: ModelSerializer},
        description=(
            "The model that a name means today, be it an alias, `provider/name`, or a model that has ended: "
            "`Deprecation` and `Sunset` then tell of the one that was asked for, `Link` of its successor."
        ),
    )
    def get(self, request: Request, model: str) -> Response:
        refuse_unknown_parameters(request, set())
        try:
            found = resolve_model(None, model)
        except ModelUnknown as error:
            raise ObjectNotFound(error.message, errors=error.errors) from error
        row = found.model
        replaced = names_replaced().get((row.provider_id, row.name), [])
        response = Response(ModelSerializer(_model_document(row, configured_providers(), replaced)).data)
        tell_model_sunset(response, found)
        return response


class EstimateView(ApiView):
    """Prices before the run."""

    @extend_schema(operation_id="estimate", request=EstimateSerializer, responses={200: CostEstimateSerializer})
    def post(self, request: Request) -> Response:
        values = EstimateSerializer.read(request.data)
        params = dict(values["params"])
        caller = caller_of(request)
        policy, media = policies_for(caller)
        found = estimate(
            wish=wish_from({**values, "model": params.get("model")}),
            operation=values["operation"],
            params=params,
            policy=policy,
            media=media,
            inputs=known_inputs(caller, references_in(params), within="params."),
        )
        quote = found.quote
        document = {
            "provider": quote.provider,
            "model": quote.model,
            "operation": quote.operation,
            "resolution": quote.resolution,
            "base_cost": quote.base_cost,
            "quality_cost": quote.quality_cost,
            "batch_discount": quote.batch_discount,
            "total": quote.total,
            "estimated_time": found.estimated_time,
            "credits": quote.credits,
            "price_version": quote.price_version,
            "adaptations": found.adaptations,
            "warnings": warnings_of(media),
        }
        return Response(CostEstimateSerializer(document).data)


def _model_document(row: ProviderModel, configured: set[str], replaces: list[str]) -> dict[str, Any]:
    return {
        "provider": row.provider_id,
        "name": row.name,
        "label": row.label,
        "configured": row.provider_id in configured,
        "isDefault": row.provider.default_model == row.name,
        "operations": row.operations,
        "limits": row.limits,
        "aliases": row.aliases,
        "replaces": replaces,
        "typicalSeconds": row.typical_seconds,
        "availableFrom": row.available_from,
        "retiresAt": row.retires_at,
        "replacedBy": row.replaced_by or None,
        "price": _usual_price(row),
    }


def _usual_price(row: ProviderModel) -> Any:
    width, _, height = str(row.limits.get("default_size", "1024x1024")).partition("x")
    try:
        quote = quote_price(
            provider=row.provider_id, model=row.name, operation=row.operations[0], width=int(width), height=int(height)
        )
    except (PriceUnknown, ValueError, IndexError):
        # An unknown price is shown as unknown, never as free.
        return None
    return quote.total
