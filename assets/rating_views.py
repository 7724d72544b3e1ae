"""The API of ratings: say what an asset is worth, look, take it back."""

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from assets.models import MediaAsset
from assets.quality_fields import RatingFiguresSerializer
from assets.ratings import rate_asset, rating_of, take_back_rating
from assets.selectors import get_asset
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.models import ExternalUser
from gencraft_media.accounts.selectors import project_for
from gencraft_media.accounts.services import external_user_for
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.serializers import StrictSerializer, shown


class RaterSerializer(StrictSerializer):
    """Who rates: the caller, or the one of its users that it names."""

    externalUserId = serializers.CharField(source="external_user_id", max_length=255, required=False)


class RatingBodySerializer(RaterSerializer):
    """How good an asset is."""

    rating = serializers.IntegerField(min_value=1, max_value=5)

    class Meta:
        ref_name = "AssetRatingBody"


class RatingSerializer(RatingFiguresSerializer):
    """What is thought of an asset."""

    own = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, help_text="The asker's own rating.")

    class Meta:
        ref_name = "AssetRating"


class RatingView(ApiView):
    """Ratings of one asset."""

    scope: ClassVar[str | dict[str, str]] = {"GET": "read", "POST": "generate", "DELETE": "generate"}

    @extend_schema(operation_id="rateAsset", request=RatingBodySerializer, responses={200: RatingSerializer})
    def post(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Rate an asset with one to five stars; a second rating replaces the first."""
        values: dict[str, Any] = RatingBodySerializer.read(request.data)
        asset = _asset(request, asset_id, write=True)
        subject = _subject(caller_of(request), asset, values, is_new=True)
        rate_asset(asset, subject, values["rating"])
        return _shown(asset, subject)

    @extend_schema(operation_id="getAssetRating", parameters=[RaterSerializer], responses={200: RatingSerializer})
    def get(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Look at what is thought of an asset, and at one's own rating."""
        values = RaterSerializer.read(request.query_params.dict())
        asset = _asset(request, asset_id, write=False)
        return _shown(asset, _subject(caller_of(request), asset, values))

    @extend_schema(operation_id="takeBackAssetRating", parameters=[RaterSerializer], responses={204: None})
    def delete(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Take one's rating back."""
        values = RaterSerializer.read(request.query_params.dict())
        asset = _asset(request, asset_id, write=True)
        take_back_rating(asset, _subject(caller_of(request), asset, values))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _asset(request: Request, asset_id: uuid.UUID, *, write: bool) -> MediaAsset:
    caller = caller_of(request)
    asset = get_asset(caller, asset_id)
    if write:
        project_for(caller, asset.project_id, write=True)
    return asset


def _subject(caller: Caller, asset: MediaAsset, values: dict[str, Any], *, is_new: bool = False) -> str:
    """Who rates, as ratings know it; one who only looks is not made a user by it."""
    named = values.get("external_user_id")
    if named is None:
        return f"user:{caller.user.pk}"
    if caller.key is None or asset.project is None:
        raise InvalidRequest(errors=[FieldError("externalUserId", "Only a server's API key names its own users.")])
    if is_new:
        return f"external:{external_user_for(asset.project, named).pk}"
    known = ExternalUser.objects.filter(project=asset.project, external_id=named).first()
    return f"external:{known.pk if known else None}"


def _shown(asset: MediaAsset, subject: str) -> Response:
    fresh = MediaAsset.objects.get(pk=asset.pk)
    return Response(shown(RatingSerializer, rating_of(fresh, subject)))
