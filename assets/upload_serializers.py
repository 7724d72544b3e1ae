"""Uploads as clients see them, and what they send."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from assets.models import MediaUpload, UploadSource, UploadState
from assets.objects import Form
from assets.selectors import refusal_of
from gencraft_media.common.serializers import StrictSerializer

_TYPES = ("image/jpeg", "image/png", "image/webp")


class UploadOwnerSerializer(StrictSerializer):
    """Whose an upload is."""

    projectId = serializers.UUIDField(source="project_id", required=False, help_text="The key's own when not named.")
    externalUserId = serializers.CharField(source="external_user_id", max_length=255, required=False)


@extend_schema_serializer(component_name="UploadFile")
class UploadFileSerializer(UploadOwnerSerializer):
    """A picture that comes along."""

    file = serializers.FileField(allow_empty_file=True, help_text="One JPEG, PNG or WebP picture.")


@extend_schema_serializer(component_name="UploadAnnouncement")
class UploadAnnouncementSerializer(UploadOwnerSerializer):
    """A picture that a browser will post itself."""

    filename = serializers.CharField(max_length=255, required=False, allow_blank=True, help_text="For people only.")
    mimeType = serializers.ChoiceField(_TYPES, source="declared_type")
    size = serializers.IntegerField(min_value=1, help_text="Bytes; the form takes no more.")


class UploadFormSerializer(serializers.Serializer[Form]):
    """A multipart form: its fields first, as they are, then the picture as the part `file`."""

    url = serializers.URLField(help_text="Where the form is posted, without a key.")
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class UploadErrorSerializer(serializers.Serializer[Any]):
    """Why a picture was refused."""

    code = serializers.CharField()
    reason = serializers.CharField(help_text="What is wrong, in one word (docs/uploads.md).")
    message = serializers.CharField()


@extend_schema_serializer(component_name="MediaUpload")
class MediaUploadSerializer(serializers.Serializer[MediaUpload]):
    """A picture that a client brought. What it is, is known once it is `ready`, of the cleaned picture."""

    id = serializers.UUIDField()
    projectId = serializers.UUIDField(source="project_id")
    externalUserId = serializers.CharField(source="external_user.external_id", default=None, allow_null=True)
    state = serializers.ChoiceField([UploadState.PENDING, UploadState.READY, UploadState.REFUSED])
    source = serializers.ChoiceField(UploadSource.choices)  # type: ignore[assignment]
    filename = serializers.CharField()
    mimeType = serializers.CharField(source="mime_type")
    size = serializers.IntegerField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    hasAlpha = serializers.BooleanField(source="has_alpha", allow_null=True)
    sha256 = serializers.CharField()
    error = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")
    expiresAt = serializers.DateTimeField(source="expires_at")

    @extend_schema_field(UploadErrorSerializer(allow_null=True))
    def get_error(self, upload: MediaUpload) -> dict[str, str] | None:
        if upload.error is None:
            return None
        refusal = refusal_of(upload)
        return {"code": refusal.code, "reason": refusal.reason, "message": refusal.message}


@extend_schema_serializer(component_name="MediaUploadBegun")
class MediaUploadBegunSerializer(MediaUploadSerializer):
    """An upload as it begins: `upload` is the form that waits for its picture, null where that came along."""

    upload = UploadFormSerializer(allow_null=True)


@extend_schema_serializer(component_name="MediaUploadPage")
class MediaUploadPageSerializer(serializers.Serializer[Any]):
    """A page of uploads, newest first; `page`, `limit` and `total` only where pages are numbered."""

    items = MediaUploadSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)
    hasMore = serializers.BooleanField()
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)


class UploadListQuerySerializer(StrictSerializer):
    """What the list may be asked for."""

    projectId = serializers.UUIDField(required=False, help_text="Only uploads of this project.")
    page = serializers.CharField(required=False, help_text="A page number from 1, instead of a cursor.")
    limit = serializers.CharField(required=False, help_text="Uploads a page, 20 by default, at most 100.")
    cursor = serializers.CharField(required=False, help_text="nextCursor of the page before.")
