"""A price and a time before anything runs, for every model in the catalogue, with or without an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.quotes import Quote
from gencraft_media.generation.orders import wanted_from
from gencraft_media.generation.routing.route import done_by, quote_of
from gencraft_media.generation.selectors import measured_seconds
from providers.fitting import fit_request
from providers.models import ProviderModel
from providers.operations import limits_for
from providers.selectors import choose_provider, resolve_model
from providers.types import InputRole
from providers.wanted import InputFacts

AUTO = "auto"
_ASSUMED_SIDE = 1024
# A price does not depend on what is said, only on whether models that need a prompt are given one.
_ASSUMED_PROMPT = "A picture"


@dataclass(frozen=True)
class Estimate:
    """The quote, the expected seconds, and what would be adapted to the model."""

    quote: Quote
    estimated_time: float
    adaptations: list[dict[str, Any]]


def estimate(*, provider: str, operation: str, params: dict[str, Any], inputs: Sequence[InputFacts] = ()) -> Estimate:
    """What a request would cost and take. Raises `ModelUnknown`, `OperationUnsupported` or `PriceUnknown`.

    Without `inputs` an operation that needs some is priced for a picture of 1024x1024.
    """
    name = params.get("model")
    chosen = choose_provider(operation) if provider == AUTO and name is None else provider
    found = resolve_model(None if chosen == AUTO else chosen, name, operation=operation)
    row, wanted = found.model, wanted_from({"prompt": _ASSUMED_PROMPT, **params})
    done, wanted = done_by(row, operation, wanted)
    wanted = replace(wanted, inputs=tuple(inputs or assumed_inputs(limits_for(row.limits, done))))
    fitted = fit_request(row, wanted, strict=False, operation=done, in_place_of=found.in_place_of)
    quote = quote_of(row, done, fitted, count=wanted.count, units=_units(params))
    return Estimate(quote, _seconds(row, done), fitted.adaptations)


def assumed_inputs(limits: Mapping[str, Any]) -> list[InputFacts]:
    """The least that an operation needs, in the usual size."""
    rules = limits.get("inputs", {})
    least = {role: bounds.get("minimum", int(role == InputRole.IMAGE)) for role, bounds in rules.items()}
    return [InputFacts(role, _ASSUMED_SIDE, _ASSUMED_SIDE, {}) for role, count in least.items() for _ in range(count)]


def _seconds(row: ProviderModel, operation: str) -> float:
    """Measured where there is enough history, else the catalogue's own figure."""
    measured = measured_seconds(row.provider_id, row.name, operation)
    return round(measured, 1) if measured is not None else float(row.typical_seconds)


def _units(params: dict[str, Any]) -> dict[str, Decimal]:
    """What prices that are not per image count."""
    units: dict[str, Decimal] = {}
    if params.get("duration") is not None:
        units["seconds"] = params["duration"]
        if params.get("fps") is not None:
            units["frames"] = params["duration"] * params["fps"]
    if params.get("steps") is not None:
        units["steps"] = Decimal(params["steps"])
    return units
