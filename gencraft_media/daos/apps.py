"""Configuration of the app that changes the engine's configuration by plans."""

from django.apps import AppConfig


class DaosConfig(AppConfig):
    """Dynamic Adaptive Overlay System: sentences become typed plans, which people confirm and can undo."""

    name = "gencraft_media.daos"
    label = "daos"
    verbose_name = "Plain-English configuration"
