"""Jobs of the past for replays."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import database_now
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import JobStatus


def candidate(provider: str, model: str, *, cost: float = 0.05, **parts: float) -> dict[str, Any]:
    """One candidate of a receipt."""
    every = {"price": 0.5, "speed": 0.5, "quality": 0.5, "success": 0.9, **parts}
    return {"provider": provider, "model": model, "score": 0.5, "parts": every, "cost": cost}


def past_job(
    project: Project, *, days_ago: float = 1, requested: dict[str, Any] | None = None, **fields: Any
) -> GenerationJob:
    """A delivered picture of 1024x1024 by flux-pro; the engine chose it unless `requested` says otherwise."""
    candidates = fields.pop("candidates", [candidate("flux", "flux-pro")])
    params = {"prompt": "a lake", "width": 1024, "height": 1024, "quality": "standard", **fields.pop("params", {})}
    created_at = database_now() - timedelta(days=days_ago)
    count = fields.get("batch_size", 1)
    values = {
        "user": project.owner, "project": project, "payer_id": project.owner_id, "provider": "flux",
        "model": "flux-pro", "operation": "text-to-image", "status": JobStatus.COMPLETED, "params": params,
        "receipt": {"requested": {"provider": "auto", **(requested or {})}, "candidates": candidates},
        "quoted_total": Decimal("0.05"), "quoted_provider_cost": Decimal("0.05"), "delivered_count": count,
        "created_at": created_at, "completed_at": created_at, "deadline_at": created_at + timedelta(hours=1),
    }  # fmt: skip
    return GenerationJob.objects.create(**{**values, **fields})
