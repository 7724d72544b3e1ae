"""Each of the three hooks, as a function in the process and as a signed https request, with the same answers."""

from decimal import Decimal
from typing import Any

from pytest_django import Settings

from billing.quotes import Quote
from gencraft_media.generation.hooks.asking import Note
from gencraft_media.generation.hooks.cost import quoted_by_hook
from gencraft_media.generation.hooks.quality import judged_by_hook
from gencraft_media.generation.hooks.routing import ranked_by_hook
from tests.generation.hooks import plugins
from tests.generation.hooks.conftest import SetHook
from tests.generation.hooks.servers import HookServer

CANDIDATES: list[dict[str, Any]] = [
    {
        **{"provider": "flux", "model": "flux-2-pro", "score": 0.9, "cost": Decimal("0.03"), "credits": 3},
        **{"parts": {"price": 1.0, "speed": 0.8, "quality": 0.9, "success": 1.0}},
        **{"seconds": 9.0, "successRate": 1.0, "adaptations": 0},
    },
    {**{"provider": "openai", "model": "gpt-image-1", "score": 0.7, "cost": Decimal("0.04"), "credits": 4}},
    {**{"provider": "sim", "model": "sim/standard", "score": 0.1, "cost": 0, "credits": 0}},
]
NAMES = ["flux/flux-2-pro", "openai/gpt-image-1", "sim/standard"]
FACTS = {
    "provider": "flux",
    "model": "flux-2-pro",
    "operation": "text-to-image",
    "width": 256,
    "height": 256,
    "parts": {},
}


def quote(total: str = "0.08", count: int = 2) -> Quote:
    return Quote(
        provider="flux", model="flux-2-pro", operation="text-to-image", resolution="1024x1024", count=count,
        base_cost=Decimal("0.05"), quality_cost=Decimal(0), batch_discount=Decimal("0.02"), total=Decimal(total),
        provider_cost=Decimal("0.06"), credits=8, price_version="line 7, settings 0",
    )  # fmt: skip


def rank() -> tuple[list[str], Note | None]:
    return ranked_by_hook(CANDIDATES, operation="text-to-image", count=2, strategy="balanced")


def test_without_a_hook_the_engine_decides_alone(db: None) -> None:
    assert rank() == (NAMES, None)
    assert quoted_by_hook(quote()) == (quote(), None)
    judged = judged_by_hook(FACTS, score=Decimal("0.500"), threshold=Decimal("0.350"))
    assert (judged.score, judged.accepted, judged.note) == (Decimal("0.500"), None, None)


def test_a_function_puts_the_candidates_into_its_own_order(set_hook: SetHook) -> None:
    set_hook("router", "prefers_the_last")
    names, note = rank()
    assert names == [NAMES[2], NAMES[0], NAMES[1]]
    assert note == Note("router", "answered")
    [question] = plugins.asked
    assert question["hook"] == "router"
    assert (question["operation"], question["count"], question["strategy"]) == ("text-to-image", 2, "balanced")
    # Money as exact text.
    assert [candidate["cost"] for candidate in question["candidates"]] == ["0.03", "0.04", "0"]


def test_an_address_puts_the_candidates_into_its_own_order(set_hook: SetHook, hook_server: HookServer) -> None:
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.answer = {"ranking": [NAMES[1], NAMES[2], NAMES[0]]}
    assert rank() == ([NAMES[1], NAMES[2], NAMES[0]], Note("router", "answered"))
    # The server has checked the signature by a library of its own.
    assert [question["hook"] for question in hook_server.questions] == ["router"]


def test_a_function_sets_another_price(set_hook: SetHook) -> None:
    set_hook("cost", "halves_the_price")
    found, note = quoted_by_hook(quote())
    assert note == Note("cost", "answered")
    assert (found.total, found.credits, found.share) == (Decimal("0.040000"), 4, Decimal("0.02"))
    # The parts add up to the whole, what the provider takes is what it was, and the record says who set the price.
    assert found.base_cost * found.count + found.quality_cost - found.batch_discount == found.total
    assert found.provider_cost == Decimal("0.06")
    assert found.price_version == "line 7, settings 0, cost hook"
    assert plugins.asked[0]["quote"]["totalCost"] == "0.08"


def test_an_address_sets_another_price(set_hook: SetHook, hook_server: HookServer) -> None:
    set_hook("cost", hook_server.url, hook_server.secret)
    hook_server.answer = {"totalCost": "0.100001"}
    found, note = quoted_by_hook(quote())
    assert (found.total, found.credits, note) == (Decimal("0.100001"), 11, Note("cost", "answered"))


def test_a_function_scores_an_output_and_refuses_it(set_hook: SetHook) -> None:
    set_hook("quality", "scores_by_size")
    judged = judged_by_hook(FACTS, score=Decimal("0.400"), threshold=Decimal("0.350"))
    assert (judged.score, judged.accepted, judged.note) == (Decimal("0.910"), False, Note("quality", "answered"))
    assert (plugins.asked[0]["facts"], plugins.asked[0]["threshold"]) == (FACTS, 0.35)


def test_an_address_scores_an_output(set_hook: SetHook, hook_server: HookServer) -> None:
    set_hook("quality", hook_server.url, hook_server.secret)
    hook_server.answer = {"score": 0.125}
    judged = judged_by_hook(FACTS, score=Decimal("0.400"), threshold=Decimal("0.350"))
    assert (judged.score, judged.accepted) == (Decimal("0.125"), None)


def test_where_the_settings_are_silent_the_environment_names_the_hook(db: None, settings: Settings) -> None:
    settings.HOOKS = {**settings.HOOKS, "router": "tests.generation.hooks.plugins.prefers_the_last"}
    assert rank()[0][0] == NAMES[2]


def test_off_in_the_settings_switches_the_environments_hook_off(set_hook: SetHook, settings: Settings) -> None:
    settings.HOOKS = {**settings.HOOKS, "router": "tests.generation.hooks.plugins.prefers_the_last"}
    set_hook("router", "off")
    assert rank() == (NAMES, None)
