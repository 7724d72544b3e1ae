"""Configuration of the studio app."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """What people see who are no operators."""

    name = "gencraft_media.studio"
    label = "studio"
    verbose_name = "Studio"
