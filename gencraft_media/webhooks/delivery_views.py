"""The API of deliveries: what was sent, what came back, and once more."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.models import Scope
from gencraft_media.common.paging import requested_page
from gencraft_media.common.serializers import shown
from gencraft_media.webhooks import replaying, serializers
from gencraft_media.webhooks.models import WebhookDelivery
from gencraft_media.webhooks.selectors import deliveries_of, get_delivery


class DeliveryListView(ApiView):
    """The deliveries of the caller's projects."""

    @extend_schema(
        operation_id="listWebhookDeliveries",
        parameters=[serializers.DeliveryQuery],
        responses={200: serializers.DeliveryPage},
    )
    def get(self, request: Request) -> Response:
        """List deliveries, newest first."""
        parameters = request.query_params.dict()
        query = serializers.DeliveryQuery.read(parameters)
        page = requested_page(deliveries_of(caller_of(request), query), parameters)
        return Response(page.as_json([shown(serializers.DeliveryAnswer, one) for one in page.items]))


class DeliveryView(ApiView):
    """One delivery."""

    @extend_schema(operation_id="getWebhookDelivery", responses={200: serializers.WholeDeliveryAnswer})
    def get(self, request: Request, delivery_id: uuid.UUID) -> Response:
        """Look at one delivery, its body and every attempt."""
        delivery = get_delivery(caller_of(request), delivery_id)
        return Response(_whole(delivery))


class DeliveryReplayView(ApiView):
    """One message, once more."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="replayWebhookDelivery",
        request=serializers.NothingBody,
        responses={202: serializers.DeliveryAnswer},
    )
    def post(self, request: Request, delivery_id: uuid.UUID) -> Response:
        """Send one message again under the same webhook-id, at once and on its whole schedule if need be."""
        serializers.NothingBody.read(request.data)
        delivery = get_delivery(caller_of(request), delivery_id, write=True)
        replayed = replaying.replay_delivery(delivery)
        return Response(shown(serializers.DeliveryAnswer, replayed), status=status.HTTP_202_ACCEPTED)


def _whole(delivery: WebhookDelivery) -> dict[str, object]:
    attempts = [shown(serializers.AttemptAnswer, one) for one in delivery.attempts.all()]
    return {**shown(serializers.DeliveryAnswer, delivery), "body": delivery.body, "attempts": attempts}
