"""The engine in the SuperAdmin panel."""

from gencraft_media.generation.admin import circuits, custom_models, hooks, jobs, retirements, routing

__all__ = ["circuits", "custom_models", "hooks", "jobs", "retirements", "routing"]
