"""Configuration of the providers app."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Who can make it."""

    name = "providers"
    verbose_name = "Providers"
