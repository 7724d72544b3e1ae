"""A price and a time before anything runs, for every model in the catalogue, with or without an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.quotes import Quote
from gencraft_media.generation.history import measured_seconds
from gencraft_media.generation.hooks.cost import quoted_by_hook
from gencraft_media.generation.orders import wanted_from
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.bounds import bounds_of
from gencraft_media.generation.routing.names import find_named
from gencraft_media.generation.routing.route import chosen_for
from gencraft_media.generation.routing.terms import Asked, done_by, fitted_to, quote_of
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.models import ProviderModel
from providers.operations import Operation, limits_for
from providers.selectors import Found, resolve_model
from providers.types import InputRole
from providers.wanted import InputFacts

_ASSUMED_SIDE = 1024
# A price does not depend on what is said, only on whether models that need a prompt are given one.
_ASSUMED_PROMPT = "A picture"


@dataclass(frozen=True)
class Estimate:
    """The quote, the expected seconds, and what would be adapted to the model."""

    quote: Quote
    estimated_time: float
    adaptations: list[dict[str, Any]]


def estimate(
    *,
    wish: RoutingWish,
    operation: str,
    params: dict[str, Any],
    policy: RoutingPolicy | None = None,
    inputs: Sequence[InputFacts] = (),
) -> Estimate:
    """What a request would cost and take. A model is named, or chosen as `route_request` chooses it.

    Without `inputs` an operation that needs some is priced for a picture of 1024x1024. Raises what `route_request`
    raises, but for a model that is named it needs no account.
    """
    asked = Asked(operation, wanted_from({"prompt": _ASSUMED_PROMPT, **params}), units=_units(params))
    policy = policy or RoutingPolicy()
    if wish.is_explicit or wish.means_default:
        found = _of_named(wish, asked, inputs)
    else:
        given = tuple(inputs or usual_inputs(operation, params))
        choice = chosen_for(wish, policy, replace(asked, wanted=replace(asked.wanted, inputs=given)))
        found = Estimate(choice.quote, choice.ranking[0].offer.seconds, choice.fitted.adaptations)
    quote, _ = quoted_by_hook(found.quote, most=bounds_of(wish, policy).max_cost)
    return replace(found, quote=quote)


def _of_named(wish: RoutingWish, asked: Asked, inputs: Sequence[InputFacts]) -> Estimate:
    found = _found(wish, asked.operation)
    row = found.model
    done, wanted = done_by(row, asked.operation, asked.wanted)
    given = tuple(inputs or assumed_inputs(limits_for(row.limits, done)))
    asked = replace(asked, wanted=replace(wanted, inputs=given))
    done, fitted = fitted_to(row, asked, in_place_of=found.in_place_of)
    quote = quote_of(row, done, fitted, count=wanted.count, units=asked.units)
    return Estimate(quote, _seconds(row, done), fitted.adaptations)


def _found(wish: RoutingWish, operation: str) -> Found:
    if wish.model is None and wish.is_explicit:
        return find_named(wish.providers[0], operation=operation)
    return resolve_model(wish.providers[0] if wish.providers else None, wish.model, operation=operation)


def usual_inputs(operation: str, params: Mapping[str, Any]) -> list[InputFacts]:
    """What every model that does the operation can be given."""
    roles = [] if operation == Operation.TEXT_TO_IMAGE else [InputRole.IMAGE]
    if operation == Operation.INPAINT and not params.get("search"):
        roles.append(InputRole.MASK)
    return [InputFacts(role, _ASSUMED_SIDE, _ASSUMED_SIDE, {}) for role in roles]


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
