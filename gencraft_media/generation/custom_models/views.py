"""Custom models over the API: for SuperAdmins alone."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import OperatorView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.generation.custom_models.fields import ModelChanges, NewModel
from gencraft_media.generation.custom_models.selectors import (
    Described,
    custom_models,
    described,
    get_custom_model,
)
from gencraft_media.generation.custom_models.services import (
    change_custom_model,
    create_custom_model,
    disable_custom_model,
)
from gencraft_media.generation.queries import refuse_unknown_parameters


class CustomPriceSerializer(serializers.Serializer[Any]):
    """A price line in force: US dollars a unit, as we pay them."""

    operation = serializers.CharField()
    unit = serializers.CharField(source="kind")
    key = serializers.CharField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=10)
    effectiveFrom = serializers.DateTimeField(source="effective_from")

    class Meta:
        ref_name = "CustomPrice"


class CustomModelSerializer(serializers.Serializer[Any]):
    """A model on a server of the operator's own. Of its key only whether there is one."""

    provider = serializers.CharField(source="row.provider_id")
    providerLabel = serializers.CharField(source="row.provider.label")
    kind = serializers.CharField(source="row.provider.kind")
    name = serializers.CharField(source="row.name")
    label = serializers.CharField(source="row.label")  # type: ignore[assignment]
    enabled = serializers.BooleanField(source="row.enabled")
    usable = serializers.BooleanField(source="is_usable")
    baseUrl = serializers.CharField(source="account.base_url", default="")
    hasKey = serializers.SerializerMethodField()
    requestsPerMinute = serializers.IntegerField(source="account.requests_per_minute", default=-1)
    concurrentRequests = serializers.IntegerField(source="account.concurrent_requests", default=-1)
    spendPerDay = serializers.DecimalField(
        source="account.spend_per_day",
        max_digits=12,
        decimal_places=2,
        coerce_to_string=False,
        # A function: the document of the API cannot hold a Decimal.
        default=lambda: Decimal(-1),
    )
    operations = serializers.ListField(child=serializers.CharField(), source="row.operations")
    limits = serializers.DictField(source="row.limits")
    wiring = serializers.DictField(source="row.wiring")
    routable = serializers.BooleanField(source="row.routable")
    qualityPrior = serializers.DecimalField(
        source="row.quality_prior", max_digits=4, decimal_places=3, coerce_to_string=False, allow_null=True
    )
    typicalSeconds = serializers.IntegerField(source="row.typical_seconds")
    prices = CustomPriceSerializer(many=True)

    class Meta:
        ref_name = "CustomModel"

    def get_hasKey(self, model: Described) -> bool:
        return model.account is not None and bool(model.account.api_key)


class CustomModelListSerializer(serializers.Serializer[Any]):
    """Every custom model, disabled ones as well."""

    items = CustomModelSerializer(many=True)

    class Meta:
        ref_name = "CustomModelList"


class CustomModelsView(OperatorView):
    """The list, and the way in."""

    @extend_schema(operation_id="listCustomModels", responses={200: CustomModelListSerializer})
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        rows = [described(row) for row in custom_models()]
        return Response(CustomModelListSerializer({"items": rows}).data)

    @extend_schema(operation_id="createCustomModel", request=NewModel, responses={201: CustomModelSerializer})
    def post(self, request: Request) -> Response:
        values = NewModel.read(request.data)
        made = create_custom_model(values, actor=caller_of(request).user)
        row = get_custom_model(made.provider_id, made.name)
        answer = Response(CustomModelSerializer(described(row)).data, status=status.HTTP_201_CREATED)
        answer["Location"] = reverse("custom-model", args=[row.provider_id, row.name])
        return answer


class CustomModelView(OperatorView):
    """One model."""

    @extend_schema(operation_id="getCustomModel", responses={200: CustomModelSerializer})
    def get(self, request: Request, provider: str, name: str) -> Response:
        return Response(CustomModelSerializer(described(get_custom_model(provider, name))).data)

    @extend_schema(operation_id="changeCustomModel", request=ModelChanges, responses={200: CustomModelSerializer})
    def patch(self, request: Request, provider: str, name: str) -> Response:
        row = get_custom_model(provider, name)
        change_custom_model(row, ModelChanges.read(request.data), actor=caller_of(request).user)
        return Response(CustomModelSerializer(described(get_custom_model(provider, name))).data)

    @extend_schema(operation_id="disableCustomModel", responses={204: None})
    def delete(self, request: Request, provider: str, name: str) -> Response:
        """Disable it: jobs and prices name it for ever."""
        disable_custom_model(get_custom_model(provider, name), actor=caller_of(request).user)
        return Response(status=status.HTTP_204_NO_CONTENT)
