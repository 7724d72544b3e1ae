"""Models on operators' own servers: made, changed and disabled without code (docs/custom-models.md)."""

from gencraft_media.generation.custom_models.services import (
    change_custom_model,
    create_custom_model,
    disable_custom_model,
)

__all__ = ["change_custom_model", "create_custom_model", "disable_custom_model"]
