"""Addresses of this app."""

from django.urls import path

from gencraft_media.studio import views

urlpatterns = [path("", views.welcome, name="welcome")]
