"""The API of assets: list, look, delete."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from assets.selectors import assets_of, get_asset
from assets.serializers import AssetListQuerySerializer, AssetMetadataSerializer, AssetPageSerializer
from assets.services import delete_asset
from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.paging import requested_page


class AssetListView(ApiView):
    """Assets of the caller's projects."""

    @extend_schema(
        operation_id="listAssets", parameters=[AssetListQuerySerializer], responses={200: AssetPageSerializer}
    )
    def get(self, request: Request) -> Response:
        """List assets, newest first, by page number or by cursor."""
        query = AssetListQuerySerializer.read(request.query_params.dict())
        page = requested_page(assets_of(caller_of(request), query.get("projectId")), request.query_params.dict())
        return Response(page.as_json([AssetMetadataSerializer(asset).data for asset in page.items]))


class AssetView(ApiView):
    """One asset."""

    scope: ClassVar[str | dict[str, str]] = {"GET": "read", "DELETE": "generate"}

    @extend_schema(operation_id="getAsset", responses={200: AssetMetadataSerializer})
    def get(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Look at one asset."""
        return Response(AssetMetadataSerializer(get_asset(caller_of(request), asset_id)).data)

    @extend_schema(operation_id="deleteAsset", responses={204: None})
    def delete(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Delete an asset with its stored bytes, for good. What it cost stays charged."""
        caller = caller_of(request)
        asset = get_asset(caller, asset_id)
        project_for(caller, asset.project_id, write=True)
        delete_asset(asset)
        return Response(status=status.HTTP_204_NO_CONTENT)
