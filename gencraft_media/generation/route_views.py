"""What would be chosen for a request, without running or holding anything."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.quotes import Quote
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.generation.delivered_form import AskedForm, form_for
from gencraft_media.generation.estimates import usual_inputs
from gencraft_media.generation.media_rules import completed, warnings_of
from gencraft_media.generation.orders import references_in, wanted_from, wish_from
from gencraft_media.generation.policy import MediaPolicy
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.route_inputs import known_inputs, policies_for
from gencraft_media.generation.routing.alternatives import alternatives_to
from gencraft_media.generation.routing.offers import Ranked
from gencraft_media.generation.routing.route import chosen_for, route_of
from gencraft_media.generation.routing.terms import Asked
from gencraft_media.generation.serializers import GenerateSerializer


class RoutedModelSerializer(serializers.Serializer[Any]):
    """A model that could serve the request, and on which terms. Money in US dollars, for the whole request."""

    provider = serializers.CharField()
    model = serializers.CharField()
    cost = serializers.DecimalField(max_digits=16, decimal_places=6, coerce_to_string=False)
    credits = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="How long one output is expected to take.")
    adaptations = serializers.ListField(child=serializers.DictField())
    score = serializers.FloatField(min_value=0, max_value=1)

    class Meta:
        ref_name = "RoutedModel"


@extend_schema_serializer(component_name="Routing")
class RoutingSerializer(serializers.Serializer[Any]):
    """The model that would be chosen, why, and the next best ones."""

    chosen = RoutedModelSerializer()
    receipt = serializers.DictField(help_text="As a job shows it.")
    alternatives = RoutedModelSerializer(many=True, help_text="The next best, at most five.")


class RouteView(ApiView):
    """The choice alone."""

    @extend_schema(
        operation_id="route",
        request=GenerateSerializer,
        responses={200: RoutingSerializer},
        description=(
            "Which model would serve this body of POST /api/media/generate, and why: nothing is run, held or fetched. "
            "An image given by its address has to be uploaded first, or left out for a picture of 1024x1024."
        ),
    )
    def post(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        values = GenerateSerializer.read(request.data)
        caller, project_id = caller_of(request), values.get("project_id")
        (policy, media), wish = policies_for(caller, project_id), wish_from(values)
        inputs = known_inputs(caller, references_in(values), project_id=project_id)
        wanted = wanted_from(values, inputs=inputs or usual_inputs(values["operation"], values))
        operation, strict = values["operation"], values["fit"] == "strict"
        asked = Asked(operation, completed(wanted, media, operation=operation, strict=strict), strict)
        choice = chosen_for(wish, policy, asked)
        route = route_of(choice, wish, policy, asked)
        asked_form = AskedForm(values.get("format", ""), values.get("compression"))
        form = form_for(asked_form, media, operation=operation, params=route.fitted.params, strict=strict)
        others = alternatives_to(choice, wish, policy, asked)
        document = {
            "chosen": _told(choice.ranking[0], route.quote, [*route.fitted.adaptations, *form.adaptations]),
            "receipt": {**route.receipt, **_warned(route.receipt, media)},
            "alternatives": [_told(one.ranked, one.quote, one.fitted.adaptations) for one in others],
        }
        return Response(RoutingSerializer(document).data)


def _warned(receipt: dict[str, Any], media: MediaPolicy) -> dict[str, Any]:
    warnings = [*warnings_of(media), *receipt.get("warnings", ())]
    return {"warnings": warnings} if warnings else {}


def _told(one: Ranked, quote: Quote, adaptations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "provider": one.offer.provider,
        "model": one.offer.model,
        "cost": quote.total,
        "credits": quote.credits,
        "seconds": one.offer.seconds,
        "adaptations": adaptations,
        "score": one.score,
    }
