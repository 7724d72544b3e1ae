"""Black Forest Labs: the adapter, and what its requests say."""

from providers.adapters.flux.adapter import FluxAdapter

__all__ = ["FluxAdapter"]
