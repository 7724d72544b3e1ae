"""Addresses of the OpenAI-shaped API, below /v1/: all of them, so that every error there has its shape."""

from django.urls import path, re_path

from gencraft_media.generation.compatible.model_views import ModelsView, ModelView
from gencraft_media.generation.compatible.views import (
    ImageEditsView,
    ImageGenerationsView,
    ImageVariationsView,
    NowhereView,
)

urlpatterns = [
    path("images/generations", ImageGenerationsView.as_view(), name="v1-images"),
    path("images/edits", ImageEditsView.as_view(), name="v1-image-edits"),
    path("images/variations", ImageVariationsView.as_view(), name="v1-image-variations"),
    path("models", ModelsView.as_view(), name="v1-models"),
    path("models/<path:model>", ModelView.as_view(), name="v1-model"),
    re_path("", NowhereView.as_view(), name="v1-nowhere"),
]
