"""Configuration of the generation app."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The engine: jobs, items, attempts."""

    name = "gencraft_media.generation"
    label = "generation"
    verbose_name = "Generation"
