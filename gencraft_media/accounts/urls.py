"""Addresses of this app."""

from django.urls import path

from gencraft_media.accounts import views

urlpatterns = [
    path("users/<str:external_id>", views.UserView.as_view(), name="platform-user"),
    path("projects/<str:external_id>", views.ProjectView.as_view(), name="platform-project"),
    path("keys", views.KeyView.as_view(), name="platform-keys"),
]
