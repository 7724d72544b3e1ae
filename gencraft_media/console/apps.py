"""Configuration of the console app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConsoleConfig(AppConfig):
    """The SuperAdmin site, and how the engine is started."""

    name = "gencraft_media.console"
    label = "console"
    verbose_name = "Console"

    def ready(self) -> None:
        """Nothing of the engine starts in production with a secret that others know; roles follow the tables."""
        from gencraft_media.console.safety.roles import follow_migrations
        from gencraft_media.console.secret_strength import refuse_weak_secrets

        refuse_weak_secrets()
        post_migrate.connect(follow_migrations)
