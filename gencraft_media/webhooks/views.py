"""The API of endpoints and secrets. Reading needs the scope read; changes and secrets, the scope generate."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.models import Scope
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.paging import requested_page
from gencraft_media.common.serializers import shown
from gencraft_media.webhooks import endpoints, replaying, serializers, signing_secrets
from gencraft_media.webhooks.public_events import PUBLIC_TYPES
from gencraft_media.webhooks.selectors import endpoints_of, get_endpoint

CHANGING: dict[str, str] = dict.fromkeys(("POST", "PATCH", "DELETE"), Scope.GENERATE.value)


class EndpointListView(ApiView):
    """The endpoints of the caller's projects."""

    scope: ClassVar[str | dict[str, str]] = CHANGING

    @extend_schema(
        operation_id="listWebhookEndpoints",
        parameters=[serializers.PageQuery],
        responses={200: serializers.EndpointPage},
    )
    def get(self, request: Request) -> Response:
        """List endpoints, newest first."""
        parameters = request.query_params.dict()
        query = serializers.PageQuery.read(parameters)
        page = requested_page(endpoints_of(caller_of(request), query.get("projectId")), parameters)
        return Response(page.as_json([shown(serializers.EndpointAnswer, one) for one in page.items]))

    @extend_schema(
        operation_id="createWebhookEndpoint",
        request=serializers.EndpointBody,
        responses={201: serializers.NewEndpointAnswer},
    )
    def post(self, request: Request) -> Response:
        """Tell an address of the project's events from now on. The answer has its secret."""
        body = serializers.EndpointBody.read(request.data)
        caller = caller_of(request)
        project = project_for(caller, body.pop("project_id", None), write=True)
        endpoint = endpoints.create_endpoint(project=project, actor=caller.user, **body)
        return Response(shown(serializers.NewEndpointAnswer, endpoint), status=status.HTTP_201_CREATED)


class EndpointView(ApiView):
    """One endpoint."""

    scope: ClassVar[str | dict[str, str]] = CHANGING

    @extend_schema(operation_id="getWebhookEndpoint", responses={200: serializers.EndpointAnswer})
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Look at one endpoint."""
        return Response(shown(serializers.EndpointAnswer, get_endpoint(caller_of(request), endpoint_id)))

    @extend_schema(
        operation_id="changeWebhookEndpoint",
        request=serializers.EndpointChanges,
        responses={200: serializers.EndpointAnswer},
    )
    def patch(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Change an endpoint. Disabling it cancels what is still to be sent; enabling it begins with a clean slate."""
        changes = serializers.EndpointChanges.read(request.data)
        caller = caller_of(request)
        endpoint = get_endpoint(caller, endpoint_id, write=True)
        changed = endpoints.change_endpoint(endpoint, changes, actor=caller.user)
        return Response(shown(serializers.EndpointAnswer, changed))

    @extend_schema(operation_id="deleteWebhookEndpoint", responses={204: None})
    def delete(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Delete an endpoint with its deliveries and their logs."""
        caller = caller_of(request)
        endpoints.delete_endpoint(get_endpoint(caller, endpoint_id, write=True), actor=caller.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EndpointSecretView(ApiView):
    """What signs an endpoint's messages. Whoever may only read could pose as this engine with it."""

    scope = Scope.GENERATE.value

    @extend_schema(operation_id="getWebhookEndpointSecret", responses={200: serializers.SecretAnswer})
    def get(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Show the secret."""
        return Response(shown(serializers.SecretAnswer, get_endpoint(caller_of(request), endpoint_id, write=True)))


class EndpointSecretRotationView(ApiView):
    """A new secret for an endpoint."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="rotateWebhookEndpointSecret",
        request=serializers.NothingBody,
        responses={200: serializers.SecretAnswer},
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Make a new secret. For 24 hours messages are signed with both."""
        serializers.NothingBody.read(request.data)
        caller = caller_of(request)
        endpoint = get_endpoint(caller, endpoint_id, write=True)
        rotated = signing_secrets.rotate_endpoint_secret(endpoint, actor=caller.user)
        return Response(shown(serializers.SecretAnswer, rotated))


class EndpointTestView(ApiView):
    """A message to see whether an endpoint works."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="testWebhookEndpoint",
        request=serializers.NothingBody,
        responses={202: serializers.DeliveryAnswer},
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Send a message of the type webhook.test, whatever the endpoint's filter."""
        serializers.NothingBody.read(request.data)
        endpoint = get_endpoint(caller_of(request), endpoint_id, write=True)
        delivery = replaying.send_test(endpoint)
        return Response(shown(serializers.DeliveryAnswer, delivery), status=status.HTTP_202_ACCEPTED)


class EndpointReplayView(ApiView):
    """Messages of a time, once more."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="replayWebhookEndpoint",
        request=serializers.ReplayBody,
        responses={202: serializers.ReplayAnswer},
    )
    def post(self, request: Request, endpoint_id: uuid.UUID) -> Response:
        """Send again what the endpoint was to be told between two times and failed, or was canceled."""
        body = serializers.ReplayBody.read(request.data)
        endpoint = get_endpoint(caller_of(request), endpoint_id, write=True)
        replayed = replaying.replay_endpoint(endpoint, **body)
        return Response({"replayed": replayed}, status=status.HTTP_202_ACCEPTED)


class ProjectSecretView(ApiView):
    """What signs the webhooks of a project's single jobs."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="getWebhookSecret",
        parameters=[serializers.ProjectBody],
        responses={200: serializers.SecretAnswer},
    )
    def get(self, request: Request) -> Response:
        """Show the project's secret, by which webhookUrl messages are signed."""
        query = serializers.ProjectBody.read(request.query_params.dict())
        project = project_for(caller_of(request), query.get("project_id"), write=True)
        return Response(shown(serializers.SecretAnswer, signing_secrets.project_secret(project.pk)))


class ProjectSecretRotationView(ApiView):
    """A new secret for a project."""

    scope = Scope.GENERATE.value

    @extend_schema(
        operation_id="rotateWebhookSecret", request=serializers.ProjectBody, responses={200: serializers.SecretAnswer}
    )
    def post(self, request: Request) -> Response:
        """Make a new secret. For 24 hours messages are signed with both."""
        body = serializers.ProjectBody.read(request.data)
        caller = caller_of(request)
        project = project_for(caller, body.get("project_id"), write=True)
        rotated = signing_secrets.rotate_project_secret(project, actor=caller.user)
        return Response(shown(serializers.SecretAnswer, rotated))


class EventTypesView(ApiView):
    """What can be asked for."""

    @extend_schema(operation_id="listWebhookEventTypes", responses={200: serializers.EventTypesAnswer})
    def get(self, request: Request) -> Response:
        """List the events that receivers can ask for."""
        serializers.NothingBody.read(request.query_params.dict())
        return Response({"items": [shown(serializers.EventTypeAnswer, one) for one in PUBLIC_TYPES.values()]})
