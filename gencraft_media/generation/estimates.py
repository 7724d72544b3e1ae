"""A price and a time before anything runs, for every model in the catalogue, with or without an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.quotes import Quote
from gencraft_media.generation.errors import NoRoute
from gencraft_media.generation.hooks.cost import quoted_by_hook
from gencraft_media.generation.media_rules import completed
from gencraft_media.generation.orders import wanted_from
from gencraft_media.generation.policy import MediaPolicy, RoutingPolicy
from gencraft_media.generation.routing.bounds import bounds_of
from gencraft_media.generation.routing.choice import Choice
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.named import model_named, terms_of
from gencraft_media.generation.routing.names import check_names
from gencraft_media.generation.routing.route import chosen_for
from gencraft_media.generation.routing.terms import Asked, done_by
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.operations import Operation, limits_for
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
    media: MediaPolicy | None = None,
    inputs: Sequence[InputFacts] = (),
) -> Estimate:
    """What a request would cost and take. A model is named, or chosen as `route_request` chooses it.

    Without `inputs` an operation that needs some is priced for a picture of 1024x1024. Raises what `route_request`
    raises, but for a model that is named it needs no account.
    """
    wanted = wanted_from({"prompt": _ASSUMED_PROMPT, **params})
    asked = Asked(operation, completed(wanted, media or MediaPolicy(), operation=operation), units=_units(params))
    policy = policy or RoutingPolicy()
    choice = _of_named(wish, policy, asked, inputs)
    if choice is None:
        given = tuple(inputs or usual_inputs(operation, params))
        choice = chosen_for(wish, policy, replace(asked, wanted=replace(asked.wanted, inputs=given)))
    quote, _ = quoted_by_hook(choice.quote, most=choice.bounds.max_cost)
    return Estimate(quote, choice.ranking[0].offer.seconds, choice.fitted.adaptations)


def _of_named(wish: RoutingWish, policy: RoutingPolicy, asked: Asked, inputs: Sequence[InputFacts]) -> Choice | None:
    """The model that is named, or meant as its provider's default; None where there is a choice to make."""
    is_default = wish.means_default(policy.strategy)
    if not wish.is_explicit and not is_default:
        return None
    spellings = current_index().spellings
    check_names(wish, spellings)
    found = model_named(wish, asked.operation)
    done, wanted = done_by(found.model, asked.operation, asked.wanted)
    given = tuple(inputs or assumed_inputs(limits_for(found.model.limits, done)))
    try:
        return terms_of(found, bounds_of(wish, policy, spellings), replace(asked, wanted=replace(wanted, inputs=given)))
    except NoRoute:
        if is_default:
            return None
        raise


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


def _units(params: dict[str, Any]) -> dict[str, Decimal]:
    """What prices of moving pictures count."""
    units: dict[str, Decimal] = {}
    if params.get("duration") is not None:
        units["seconds"] = params["duration"]
        if params.get("fps") is not None:
            units["frames"] = params["duration"] * params["fps"]
    return units
