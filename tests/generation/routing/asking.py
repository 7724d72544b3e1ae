"""Short ways to ask for a route, and to read what its receipt says."""

from typing import Any

from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.route import Route, route_request
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.selectors import full_name
from providers.wanted import Wanted

LIGHTHOUSE = Wanted("A lighthouse at dawn", width=1024, height=1024)


def route(
    *providers: str,
    operation: str = "text-to-image",
    wanted: Wanted = LIGHTHOUSE,
    policy: RoutingPolicy | None = None,
    strict: bool = False,
    excluded: tuple[str, ...] = (),
    **wish: Any,
) -> Route:
    """The route of a request for a lighthouse."""
    return route_request(
        wish=RoutingWish(providers=providers, **wish),
        policy=policy or RoutingPolicy(),
        operation=operation,
        wanted=wanted,
        strict=strict,
        excluded=excluded,
    )


def chosen(found: Route) -> str:
    """The model that was chosen, as `provider/model`."""
    return full_name(found.model.provider_id, found.model.name)


def candidates(found: Route) -> list[str]:
    """The candidates, best first."""
    return [full_name(one["provider"], one["model"]) for one in found.receipt["candidates"]]


def refused(receipt: dict[str, Any], code: str) -> set[str]:
    """The models that were refused for a reason."""
    return {name for group in receipt["refused"] if group["code"] == code for name in group["models"]}
