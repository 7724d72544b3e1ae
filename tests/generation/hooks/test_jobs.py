"""Hooks in whole requests: jobs are served, priced and judged as they say, and receipts tell that they were asked."""

from collections.abc import Callable
from typing import Any

import pytest

from gencraft_media.common.database import release_connection
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.hooks import asking
from gencraft_media.generation.models import HookSettings
from tests.generation.driving import drive
from tests.generation.hooks import plugins
from tests.generation.tenants import Tenant
from tests.providers.custom_rows import make_custom_model

SetHooks = Callable[..., None]
PLUGINS = "tests.generation.hooks.plugins"


@pytest.fixture
def hooks(engine: None, monkeypatch: pytest.MonkeyPatch) -> SetHooks:
    """Put hooks in force by name; the real guard against transactions holds."""
    monkeypatch.setattr(asking, "release_connection", release_connection)

    def put(**named: str) -> None:
        for name, plugin in named.items():
            change_settings(HookSettings, {"target": f"{PLUGINS}.{plugin}"}, scope=name)

    return put


def outcomes(receipt: dict[str, Any]) -> list[tuple[str, str]]:
    told = receipt.get("hooks") or [receipt["hook"]]
    return [(note["name"], note["outcome"]) for note in told]


def test_a_router_chooses_and_a_calculator_prices(alice: Tenant, hooks: SetHooks) -> None:
    first = make_custom_model("automatic1111", "https://one.example.com", price="0.01")
    second = make_custom_model("automatic1111", "https://two.example.com", price="0.02")
    plain = alice.start(None, provider="custom", strategy="cheapest")
    assert (plain.provider, "hook" in plain.receipt) == (first.provider_id, False)
    hooks(router="prefers_the_last", cost="halves_the_price")
    job = alice.start(None, provider="custom", strategy="cheapest")
    assert job.provider == second.provider_id
    assert (str(job.quoted_total.normalize()), job.quote["totalCost"]) == ("0.01", "0.010000")
    assert outcomes(job.receipt) == [("router", "answered"), ("cost", "answered")]


def test_an_explicit_model_is_obeyed_and_no_router_asked(alice: Tenant, hooks: SetHooks) -> None:
    hooks(router="prefers_the_last")
    job = alice.start("sim/priced")
    assert (job.model, plugins.asked, "hook" in job.receipt) == ("sim/priced", [], False)


def test_a_broken_hook_changes_nothing_but_the_receipt(alice: Tenant, hooks: SetHooks) -> None:
    hooks(cost="raises")
    job = alice.start("sim/priced")
    assert (job.quote["totalCost"], outcomes(job.receipt)) == ("0.040000", [("cost", "no_answer")])


def test_an_estimate_has_the_price_that_a_job_would_have(alice: Tenant, hooks: SetHooks) -> None:
    hooks(cost="halves_the_price")
    wanted = {"provider": "sim", "operation": "text-to-image", "params": {"model": "sim/priced"}}
    assert alice.client.post("/api/media/estimate", wanted).json()["totalCost"] == 0.02


def test_a_judge_refuses_an_output_which_is_then_not_charged(alice: Tenant, hooks: SetHooks) -> None:
    hooks(quality="scores_by_size")
    refused = drive(alice.start("sim/priced", width=128, height=128))
    assert (refused.status, refused.credits_charged) == ("failed", 0)
    assert [(item.error or {})["code"] for item in refused.items.all()] == ["quality_too_low"]
    taken = drive(alice.start("sim/priced", width=512, height=512))
    assert (taken.status, taken.credits_charged) == ("completed", 4)
    asset = taken.items.get().asset
    assert asset is not None
    assert str(asset.quality_score) == "0.910"
    assert asset.quality["hook"] == {"name": "quality", "outcome": "answered"}
