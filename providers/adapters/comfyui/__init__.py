"""ComfyUI."""

from providers.adapters.comfyui.adapter import ComfyUiAdapter
from providers.adapters.comfyui.workflows import workflow_problems

__all__ = ["ComfyUiAdapter", "workflow_problems"]
