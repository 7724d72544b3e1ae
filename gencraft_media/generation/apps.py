"""Configuration of the generation app."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The engine: jobs, items, attempts."""

    name = "gencraft_media.generation"
    label = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        # What operators can do, and what follows from a new key, is known once it is imported.
        from gencraft_media.generation import (  # noqa: F401 (importing it registers them)
            configuration,
            resolution,
            routing_configuration,
        )
        from gencraft_media.generation.circuits import operating  # noqa: F401 (importing it registers them)
