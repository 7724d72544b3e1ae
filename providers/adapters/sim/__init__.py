"""The adapter of `sim`, the provider without a server. Its wire format: docs/providers.md (2026-11-22)."""

from providers.adapters.sim.adapter import SimAdapter

__all__ = ["SimAdapter"]
