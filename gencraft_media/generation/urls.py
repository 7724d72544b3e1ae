"""Addresses of the engine's API, below /api/media/."""

from django.urls import path

from gencraft_media.generation.account_views import CreditsView, UsageView
from gencraft_media.generation.callback_views import CallbackView
from gencraft_media.generation.catalogue_views import EstimateView, ModelsView, ModelView
from gencraft_media.generation.custom_models.views import CustomModelsView, CustomModelView
from gencraft_media.generation.event_views import JobEventsView, ProjectEventsView
from gencraft_media.generation.generate_views import EditView, GenerateView, UpscaleView, VariationView
from gencraft_media.generation.route_views import RouteView
from gencraft_media.generation.views import JobCancelView, JobListView, JobView

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("assets/<uuid:asset_id>/variations", VariationView.as_view(), name="asset-variations"),
    path("assets/<uuid:asset_id>/upscale", UpscaleView.as_view(), name="asset-upscale"),
    path("assets/<uuid:asset_id>/edits", EditView.as_view(), name="asset-edits"),
    path("jobs", JobListView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="job"),
    path("jobs/<uuid:job_id>/events", JobEventsView.as_view(), name="job-events"),
    path("jobs/<uuid:job_id>/cancel", JobCancelView.as_view(), name="job-cancel"),
    path("events", ProjectEventsView.as_view(), name="project-events"),
    path("estimate", EstimateView.as_view(), name="estimate"),
    path("route", RouteView.as_view(), name="route"),
    path("models", ModelsView.as_view(), name="models"),
    path("models/<path:model>", ModelView.as_view(), name="model"),
    path("admin/models", CustomModelsView.as_view(), name="custom-models"),
    path("admin/models/<slug:provider>/<str:name>", CustomModelView.as_view(), name="custom-model"),
    path("usage", UsageView.as_view(), name="usage"),
    path("credits", CreditsView.as_view(), name="credits"),
    path("callbacks/<slug:provider>", CallbackView.as_view(), name="provider-callback"),
    path("callbacks/<slug:provider>/<uuid:attempt_id>", CallbackView.as_view(), name="attempt-callback"),
]
