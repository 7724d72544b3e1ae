"""Endpoints and deliveries as clients see them, and what may be asked."""

import uuid
from datetime import datetime
from typing import Any

from rest_framework import serializers

from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.webhooks.models import DeliveryState
from gencraft_media.webhooks.pausing import is_waiting

_STATES = DeliveryState.values


class FilterField(serializers.ListField):
    """Types, groups such as "job.*", or "*"."""

    def __init__(self, *, required: bool = True) -> None:
        child = serializers.CharField(max_length=64)
        super().__init__(child=child, required=required, allow_empty=False, max_length=50, help_text=self.__doc__)


class EndpointBody(StrictSerializer):
    """A new endpoint."""

    projectId = serializers.UUIDField(source="project_id", required=False)
    url = serializers.CharField(max_length=2048)
    events = FilterField()
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    class Meta:
        ref_name = "WebhookEndpointBody"


class EndpointChanges(StrictSerializer):
    """What of an endpoint can be changed."""

    url = serializers.CharField(max_length=2048, required=False)
    events = FilterField(required=False)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    enabled = serializers.BooleanField(required=False)

    class Meta:
        ref_name = "WebhookEndpointChanges"


class ProjectBody(StrictSerializer):
    """Which project is meant; the key's own when none is named."""

    projectId = serializers.UUIDField(source="project_id", required=False)

    class Meta:
        ref_name = "WebhookProjectBody"


class NothingBody(StrictSerializer):
    """A body without fields."""

    class Meta:
        ref_name = "WebhookNothing"


class ReplayBody(StrictSerializer):
    """Which deliveries are sent again."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False)
    states = serializers.ListField(
        child=serializers.ChoiceField(choices=[state for state in _STATES if state != DeliveryState.PENDING]),
        allow_empty=False,
        required=False,
        help_text="failed and canceled when none is named.",
    )

    class Meta:
        ref_name = "WebhookReplayBody"


class PageQuery(StrictSerializer):
    """How a list is paged."""

    projectId = serializers.UUIDField(required=False, help_text="Only of this project.")
    page = serializers.CharField(required=False, help_text="A page number from 1, instead of a cursor.")
    limit = serializers.CharField(required=False, help_text="Entries a page, 20 by default, at most 100.")
    cursor = serializers.CharField(required=False, help_text="nextCursor of the page before.")


class DeliveryQuery(PageQuery):
    """Which deliveries are listed."""

    endpointId = serializers.UUIDField(required=False)
    jobId = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=_STATES, required=False)
    type = serializers.CharField(max_length=64, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class EndpointAnswer(serializers.Serializer[Any]):
    """An endpoint, without its secret."""

    id = serializers.UUIDField()
    projectId = serializers.UUIDField(source="project_id")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField(allow_blank=True)
    enabled = serializers.BooleanField()
    disabledReason = serializers.SerializerMethodField(help_text="manual, gone or failing.")
    disabledAt = serializers.DateTimeField(source="disabled_at", allow_null=True)
    failingSince = serializers.DateTimeField(source="failing_since", allow_null=True)
    consecutiveFailures = serializers.IntegerField(source="consecutive_failures")
    pausedUntil = serializers.DateTimeField(source="paused_until", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        ref_name = "WebhookEndpoint"

    def get_disabledReason(self, endpoint: Any) -> str | None:
        """While it is disabled."""
        return endpoint.disabled_reason or None


class NewEndpointAnswer(EndpointAnswer):
    """An endpoint that was just made, with its secret."""

    secret = serializers.CharField()

    class Meta:
        ref_name = "NewWebhookEndpoint"


class SecretAnswer(serializers.Serializer[Any]):
    """What signs. After a rotation the secret before it signs too, until `previousUntil`."""

    secret = serializers.CharField(help_text="whsec_ and the key in base64.")
    previousUntil = serializers.DateTimeField(source="previous_until", allow_null=True)

    class Meta:
        ref_name = "WebhookSecret"


class DeliveryAnswer(serializers.Serializer[Any]):
    """One message to one receiver."""

    id = serializers.UUIDField()
    webhookId = serializers.CharField(source="message_id", help_text="The header webhook-id of every attempt.")
    projectId = serializers.UUIDField(source="project_id")
    endpointId = serializers.UUIDField(source="endpoint_id", allow_null=True, help_text="null: a job's webhookUrl.")
    jobId = serializers.SerializerMethodField()
    url = serializers.CharField()
    type = serializers.CharField()
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attemptCount = serializers.IntegerField(source="attempt_count")
    paused = serializers.SerializerMethodField(help_text="Waits until the operators let the project's webhooks go on.")
    nextAttemptAt = serializers.SerializerMethodField()
    lastStatus = serializers.IntegerField(source="last_status", allow_null=True)
    lastError = serializers.CharField(source="last_error", allow_blank=True)
    createdAt = serializers.DateTimeField(source="created_at")
    finishedAt = serializers.DateTimeField(source="finished_at", allow_null=True)

    class Meta:
        ref_name = "WebhookDelivery"

    def get_jobId(self, delivery: Any) -> uuid.UUID | None:
        """Of events of jobs."""
        return delivery.subject_id if delivery.subject_kind == "job" else None

    def get_paused(self, delivery: Any) -> bool:
        """Only what is not done can wait."""
        return is_waiting(delivery)

    def get_nextAttemptAt(self, delivery: Any) -> datetime | None:
        """While there is one."""
        return delivery.next_attempt_at if delivery.state == DeliveryState.PENDING else None


class AttemptAnswer(serializers.Serializer[Any]):
    """One request and what came back."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    durationMs = serializers.IntegerField(source="duration_ms")
    requestHeaders = serializers.DictField(source="request_headers", help_text="Without the signature.")
    bodySha256 = serializers.CharField(source="body_sha256")
    bodySize = serializers.IntegerField(source="body_size")
    status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField(allow_blank=True, help_text="The first kilobyte, redacted.")
    error = serializers.CharField(allow_blank=True, help_text='"" for a success.')

    class Meta:
        ref_name = "WebhookAttempt"


class WholeDeliveryAnswer(DeliveryAnswer):
    """One message with its body and every attempt."""

    body = serializers.CharField(help_text="The JSON text that is sent and signed.")
    attempts = AttemptAnswer(many=True)

    class Meta:
        ref_name = "WholeWebhookDelivery"


class EventTypeAnswer(serializers.Serializer[Any]):
    """An event that can be asked for."""

    type = serializers.CharField(source="name")
    description = serializers.CharField()
    byDefault = serializers.BooleanField(source="by_default", help_text="false: has to be named, groups leave it out.")

    class Meta:
        ref_name = "WebhookEventType"


class EventTypesAnswer(serializers.Serializer[Any]):
    """All of them."""

    items = EventTypeAnswer(many=True)

    class Meta:
        ref_name = "WebhookEventTypes"


class ReplayAnswer(serializers.Serializer[Any]):
    """What a replay began."""

    replayed = serializers.IntegerField()

    class Meta:
        ref_name = "WebhookReplay"


class _Page(serializers.Serializer[Any]):
    """A page of a list, newest first; `page`, `limit` and `total` only where pages are numbered."""

    nextCursor = serializers.CharField(allow_null=True)
    hasMore = serializers.BooleanField()
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)


class EndpointPage(_Page):
    """A page of endpoints, newest first."""

    items = EndpointAnswer(many=True)

    class Meta:
        ref_name = "WebhookEndpointPage"


class DeliveryPage(_Page):
    """A page of deliveries, newest first."""

    items = DeliveryAnswer(many=True)

    class Meta:
        ref_name = "WebhookDeliveryPage"
