"""Configuration of the console app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The SuperAdmin site, and how the engine is started."""

    name = "gencraft_media.console"
    label = "console"
    verbose_name = "Console"
