"""What a planned attempt is told of the route that was chosen for it."""

from gencraft_media.generation.awaited_callbacks import recovery_of
from gencraft_media.generation.planning import Serving
from gencraft_media.generation.routing.route import Route


def serving_of(route: Route) -> Serving:
    """Who makes each output, and what the provider is expected to take for it."""
    return Serving(
        provider=route.model.provider_id,
        model=route.model.name,
        operation=route.operation,
        account=route.account,
        recovery=recovery_of(route.adapter),
        outputs_per_call=route.fitted.calls,
        quoted_cost=route.quote.provider_cost / route.quote.count,
    )
