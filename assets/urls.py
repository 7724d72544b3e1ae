"""Addresses of the assets' API."""

from django.urls import path

from assets.views import AssetListView, AssetView

urlpatterns = [
    path("assets", AssetListView.as_view(), name="asset-list"),
    path("assets/<uuid:asset_id>", AssetView.as_view(), name="asset"),
]
