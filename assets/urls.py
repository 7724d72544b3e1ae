"""Addresses of the assets' API."""

from django.urls import path

from assets.rating_views import RatingView
from assets.upload_views import UploadCompleteView, UploadFileView, UploadListView, UploadView
from assets.views import AssetListView, AssetView

urlpatterns = [
    path("assets", AssetListView.as_view(), name="asset-list"),
    path("assets/<uuid:asset_id>", AssetView.as_view(), name="asset"),
    path("assets/<uuid:asset_id>/rating", RatingView.as_view(), name="asset-rating"),
    path("uploads", UploadListView.as_view(), name="upload-list"),
    path("uploads/<uuid:upload_id>", UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/complete", UploadCompleteView.as_view(), name="upload-complete"),
    path("uploads/<uuid:upload_id>/file", UploadFileView.as_view(), name="upload-file"),
]
