"""Configuration of the webhooks app."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Who is told."""

    name = "gencraft_media.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        # What operators can do is known once it is imported.
        from gencraft_media.webhooks import configuration, operations  # noqa: F401 (importing it registers them)
