"""The engine in the SuperAdmin panel."""

from gencraft_media.generation.admin import jobs, retirements

__all__ = ["jobs", "retirements"]
