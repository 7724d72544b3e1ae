"""The receipt of a choice: who was a candidate, with which score, and why each other one was not."""

from collections.abc import Mapping, Sequence
from typing import Any

from gencraft_media.generation.models import Strategy
from gencraft_media.generation.routing.index import Refused
from gencraft_media.generation.routing.offers import Ranked
from gencraft_media.generation.routing.survey import grouped
from gencraft_media.generation.routing.wishes import AUTO, RoutingWish
from providers.edit_fitting import BY_MODEL
from providers.fitting import Fitted
from providers.models import ProviderModel
from providers.operations import Operation
from providers.selectors import full_name

RESAMPLING = "resample/lanczos"
NAMED = "The request names this model."
DEFAULT = "The default model of the provider that the request names."
USUAL = "The default model of the settings."
ONLY = "The only model that can serve this request."
_MOST_CANDIDATES = 10
_REASONS = {
    Strategy.CHEAPEST: "The cheapest",
    Strategy.FASTEST: "The fastest that is reliable",
    Strategy.BEST: "The best pictures that are reliable",
    Strategy.BALANCED: "The best balance of price, speed, quality and reliability",
}


def receipt_of(
    *,
    wish: RoutingWish,
    strategy: str,
    chosen: ProviderModel,
    reason: str,
    ranking: Sequence[Ranked],
    refused: Sequence[Refused],
    fitted: Fitted,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """The receipt as the job keeps it: without providers' own prices, accounts' names and vendors' words."""
    return {
        "requested": _requested(wish),
        "strategy": str(strategy),
        "chosen": {"provider": chosen.provider_id, "model": chosen.name},
        "reason": reason,
        "candidates": [told_candidate(one) for one in ranking[:_MOST_CANDIDATES]],
        "refused": told_refusals(refused),
        **({"steps": [_step(chosen, step) for step in fitted.steps]} if fitted.steps else {}),
        **({"warnings": list(warnings)} if warnings else {}),
    }


def reason_for(strategy: str, count: int) -> str:
    """Why the best of `count` candidates was chosen."""
    return ONLY if count == 1 else f"{_REASONS[Strategy(strategy)]} among {count} models."


def told_refusals(refused: Sequence[Refused]) -> list[dict[str, Any]]:
    """Who was refused, by reason."""
    return [{"code": refusal.code, "reason": refusal.reason, "models": names} for refusal, names in grouped(refused)]


def _requested(wish: RoutingWish) -> dict[str, Any]:
    """Only what was said."""
    said = {
        "model": wish.model,
        "strategy": wish.strategy,
        "maxCost": None if wish.max_cost is None else float(wish.max_cost),
        "maxSeconds": wish.max_seconds,
        "allow": list(wish.allow) or None,
        "deny": list(wish.deny) or None,
    }
    providers = list(wish.providers)
    provider = (providers[0] if len(providers) == 1 else providers) if providers else AUTO
    return {"provider": provider, **{name: value for name, value in said.items() if value is not None}}


def told_candidate(one: Ranked) -> dict[str, Any]:
    """A candidate as receipts show it."""
    offer = one.offer
    return {
        "provider": offer.provider,
        "model": offer.model,
        "score": one.score,
        "parts": {
            "price": round(one.price, 3),
            "speed": round(one.speed, 3),
            "quality": round(one.quality, 3),
            "success": round(one.success, 3),
        },
        "cost": float(offer.cost),
        "credits": offer.credits,
        "seconds": offer.seconds,
        "successRate": None if offer.success_rate is None else round(offer.success_rate, 3),
        "adaptations": offer.adaptations,
    }


def _step(row: ProviderModel, step: Mapping[str, Any]) -> dict[str, Any]:
    """An enlargement as the receipt tells it: by the model, or by the engine's own resampling."""
    by = full_name(row.provider_id, row.name) if step["by"] == BY_MODEL else RESAMPLING
    return {"operation": Operation.UPSCALE, "model": by, "factor": step["factor"]}
