"""Work that is not trusted to behave: one forked child per call, with hard limits on everything it may take."""

from gencraft_media.common.bounded.calls import BoundedFailure, BoundedUnavailable, run_bounded

__all__ = ["BoundedFailure", "BoundedUnavailable", "run_bounded"]
