"""Bodies of the platform routes."""

from typing import Any

from rest_framework import serializers

from gencraft_media.accounts.models import Scope
from gencraft_media.common.clock import database_now
from gencraft_media.common.serializers import StrictSerializer

_ISSUABLE = [Scope.GENERATE.value, Scope.READ.value]


class UserBody(StrictSerializer):
    """A user of the platform."""

    name = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")


class ProjectBody(StrictSerializer):
    """A project of the platform; without an owner it is the platform's own, and the platform pays."""

    name = serializers.CharField(max_length=255)
    ownerExternalId = serializers.CharField(source="owner_external_id", max_length=255, required=False)


class KeyBody(StrictSerializer):
    """A key for one of the platform's projects; it acts for the project's owner unless a user is named."""

    projectExternalId = serializers.CharField(source="project_external_id", max_length=255)
    userExternalId = serializers.CharField(source="user_external_id", max_length=255, required=False)
    name = serializers.CharField(max_length=100, required=False, default="default")
    # A platform key is made by an operator: a platform cannot multiply its own power.
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=_ISSUABLE),
        allow_empty=False,
        max_length=2,
        required=False,
        default=_ISSUABLE,
    )
    expiresAt = serializers.DateTimeField(source="expires_at", required=False, allow_null=True, default=None)

    def validate_expiresAt(self, value: Any) -> Any:
        if value is not None and value <= database_now():
            raise serializers.ValidationError("This time has passed.")
        return value


class UserAnswer(serializers.Serializer[Any]):
    """A user as the API shows it."""

    id = serializers.UUIDField()
    externalId = serializers.CharField(source="external_id")
    name = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")


class ProjectAnswer(serializers.Serializer[Any]):
    """A project as the API shows it."""

    id = serializers.UUIDField()
    externalId = serializers.CharField(source="external_id")
    name = serializers.CharField()
    ownerId = serializers.UUIDField(source="owner_id")
    createdAt = serializers.DateTimeField(source="created_at")


class KeyAnswer(serializers.Serializer[Any]):
    """A new key; `key` is in this answer and nowhere else."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    prefix = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    projectId = serializers.UUIDField(source="project_id")
    userId = serializers.UUIDField(source="user_id")
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
