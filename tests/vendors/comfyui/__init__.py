"""ComfyUI on this machine."""
