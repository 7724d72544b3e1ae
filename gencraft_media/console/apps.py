"""Configuration of the console app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The SuperAdmin site, and how the engine is started."""

    name = "gencraft_media.console"
    label = "console"
    verbose_name = "Console"

    def ready(self) -> None:
        """Nothing of the engine starts in production with a secret that others know."""
        from gencraft_media.console.secret_strength import refuse_weak_secrets

        refuse_weak_secrets()
