"""AUTOMATIC1111's WebUI and Forge."""

from providers.adapters.automatic1111.adapter import Automatic1111Adapter

__all__ = ["Automatic1111Adapter"]
