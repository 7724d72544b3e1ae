"""Addresses of the engine's API, below /api/media/."""

from django.urls import path

from gencraft_media.generation.account_views import CreditsView, UsageView
from gencraft_media.generation.callback_views import CallbackView
from gencraft_media.generation.catalogue_views import EstimateView, ModelsView
from gencraft_media.generation.event_views import JobEventsView
from gencraft_media.generation.views import GenerateView, JobCancelView, JobListView, JobView

urlpatterns = [
    path("generate", GenerateView.as_view(), name="generate"),
    path("jobs", JobListView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="job"),
    path("jobs/<uuid:job_id>/events", JobEventsView.as_view(), name="job-events"),
    path("jobs/<uuid:job_id>/cancel", JobCancelView.as_view(), name="job-cancel"),
    path("estimate", EstimateView.as_view(), name="estimate"),
    path("models", ModelsView.as_view(), name="models"),
    path("usage", UsageView.as_view(), name="usage"),
    path("credits", CreditsView.as_view(), name="credits"),
    path("callbacks/<slug:provider>", CallbackView.as_view(), name="provider-callback"),
]
