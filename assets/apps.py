"""Configuration of the assets app."""

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    """Assets, collections and their storage."""

    name = "assets"
    verbose_name = "Assets"
