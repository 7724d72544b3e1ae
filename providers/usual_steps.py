"""How many steps a server of an operator's own takes where a request does not say: prices may count them."""

from collections.abc import Mapping
from typing import Any

from providers.kinds import AUTOMATIC1111
from providers.models import ProviderModel

# What the WebUI's API takes where it is told nothing (`steps` of its schema).
_OF_THE_WEBUI = 50


def usual_steps(row: ProviderModel) -> int | None:
    """Out of the model's wiring: as it is wired, or as its workflow has it; None where nobody says."""
    wiring = row.wiring
    for said in (wiring.get("steps"), _in_workflow(wiring), _in_fixed_fields(wiring)):
        if type(said) is int and said > 0:
            return said
    return _OF_THE_WEBUI if row.provider.kind == AUTOMATIC1111 else None


def _in_workflow(wiring: Mapping[str, Any]) -> Any:
    """At the place where a request's steps go, else at the first node that has some."""
    workflow = wiring.get("workflow", {})
    paths = wiring.get("inputs", {}).get("steps")
    if paths:
        node, _, field = (paths if isinstance(paths, str) else paths[0]).split(".", 2)
        return workflow[node]["inputs"][field]
    steps = (node["inputs"].get("steps") for node in workflow.values())
    return next((said for said in steps if type(said) is int), None)


def _in_fixed_fields(wiring: Mapping[str, Any]) -> Any:
    return wiring.get("extra", {}).get(wiring.get("fields", {}).get("steps", "steps"))
