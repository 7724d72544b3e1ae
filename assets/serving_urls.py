"""Addresses of stored pictures, for storage in a local folder."""

from django.urls import path

from assets.serving import serve_object

urlpatterns = [path("media/<path:name>", serve_object, name="stored-object")]
