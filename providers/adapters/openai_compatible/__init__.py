"""Servers with OpenAI's image interface that are not OpenAI's."""

from providers.adapters.openai_compatible.adapter import OpenAiCompatibleAdapter

__all__ = ["OpenAiCompatibleAdapter"]
