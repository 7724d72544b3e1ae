"""Every situation of situations/*.toml comes out as its file says, through the real router and real rows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from billing.plans import plan_of
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.policy import RoutingPolicy, routing_policy
from gencraft_media.generation.routing.route import Route, route_request
from tests.factories import make_project
from tests.routing.market import open_market
from tests.routing.situations import Situation, situations

SITUATIONS = list(situations())
PROJECT, PLAN = "project", "plan"


@pytest.mark.django_db
@pytest.mark.parametrize("situation", SITUATIONS, ids=[f"{one.theme}: {one.name}" for one in SITUATIONS])
def test_the_router_does_what_the_situation_asks_for(situation: Situation) -> None:
    expected = dict(situation.expected)
    outcome = _outcome(situation)
    assert {name: _found(name, outcome, wanted) for name, wanted in expected.items()} == expected


def test_there_are_two_hundred_situations_and_each_has_a_name_of_its_own() -> None:
    names = [one.name for one in SITUATIONS]
    assert len(names) >= 200
    assert len(names) == len(set(names))


def _outcome(situation: Situation) -> Route | GenCraftError:
    project = make_project() if situation.settings else None
    open_market(situation.market, markup=situation.markup, settings=_scoped(situation.settings, project))
    policy = routing_policy(project.pk, project.owner_id) if project else _policy(situation.policy)
    try:
        return route_request(
            wish=situation.wish,
            policy=policy,
            operation=situation.operation,
            wanted=situation.wanted,
            strict=situation.request.get("strict", False),
            excluded=situation.request.get("tried", ()),
        )
    except GenCraftError as error:
        return error


def _policy(said: Mapping[str, Any]) -> RoutingPolicy:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return RoutingPolicy(**values)


def _scoped(settings: list[dict[str, Any]], project: Any) -> list[dict[str, Any]]:
    """The settings with the scopes of this project and its owner's plan."""
    if project is None:
        return []
    scopes = {PROJECT: f"project:{project.pk}", PLAN: f"plan:{plan_of(project.owner_id).pk}"}
    return [{**said, "scope": scopes.get(said["scope"], said["scope"])} for said in settings]


def _found(name: str, outcome: Route | GenCraftError, wanted: Any) -> Any:
    """What the router answered to what the situation says about `name`, in the file's own shape."""
    if isinstance(outcome, GenCraftError):
        return _of_error(name, outcome, wanted)
    return _of_route(name, outcome, wanted)


def _of_error(name: str, error: GenCraftError, wanted: Any) -> Any:
    match name:
        case "refusal":
            return error.code
        case "refused":
            return _by_code(error.extra.get("refused", []), wanted)
        case "field":
            return error.errors[0].field
        case "nearest":
            return error.errors[0].nearest
        case "retry_after_s":
            return wanted if error.retry_after_s == pytest.approx(float(wanted), abs=3) else error.retry_after_s
    return f"refused as {error.code}: {error.message}"


def _of_route(name: str, route: Route, wanted: Any) -> Any:
    receipt = route.receipt
    by_name = {_name(one): one for one in receipt["candidates"]}
    match name:
        case "chosen" | "reason" | "strategy" | "requested":
            return _name(receipt["chosen"]) if name == "chosen" else receipt[name]
        case "candidates":
            return list(by_name)
        case "refused":
            return _by_code(receipt["refused"], wanted)
        case "scores" | "seconds" | "cost" | "credits" | "success":
            key = {"scores": "score", "success": "successRate"}.get(name, name)
            return {model: _exact(by_name[model][key]) for model in wanted}
        case "parts":
            return {model: {part: _exact(by_name[model]["parts"][part]) for part in wanted[model]} for model in wanted}
        case "warns":
            return len(receipt.get("warnings", []))
        case "falls_back":
            return bool(route.wish)
        case "adapted":
            return sorted({one["field"] for one in route.fitted.adaptations})
        case "account":
            return route.account.label if route.account else ""
        case "steps":
            return [step["model"] for step in receipt.get("steps", [])]
        case "operation":
            return route.operation
    return f"chosen: {_name(receipt['chosen'])}"


def _name(one: Mapping[str, Any]) -> str:
    provider, model = one["provider"], one["model"]
    return str(model) if model.startswith(f"{provider}/") else f"{provider}/{model}"


def _exact(value: Any) -> Any:
    """A value as the files have it: exact numbers, and a word for what nobody knows."""
    if value is None:
        return "unknown"
    return Decimal(str(value)) if isinstance(value, float) else value


def _by_code(refused: list[dict[str, Any]], wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    """Who was refused for the reasons that the situation names, in the order of its own lists."""
    found: dict[str, list[str]] = {}
    for group in refused:
        found.setdefault(group["code"], []).extend(group["models"])
    return {
        code: listed if sorted(found.get(code, [])) == sorted(listed) else sorted(found.get(code, []))
        for code, listed in wanted.items()
    }
