"""Configuration of the providers app."""

from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    """Who can make it."""

    name = "providers"
    verbose_name = "Providers"

    def ready(self) -> None:
        # What operators can change is known once it is imported.
        from providers import configuration  # noqa: F401 (importing it registers it)
