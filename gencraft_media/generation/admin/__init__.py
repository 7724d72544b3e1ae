"""The engine in the SuperAdmin panel."""

from gencraft_media.generation.admin import (
    assets,
    catalogue,
    circuits,
    custom_models,
    hooks,
    jobs,
    retirements,
    routing,
)

__all__ = ["assets", "catalogue", "circuits", "custom_models", "hooks", "jobs", "retirements", "routing"]
