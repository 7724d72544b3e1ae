"""A price before anything runs: the specification's ten fields, by the specification's formula."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import Tenant

TEN_FIELDS = [
    "provider", "model", "operation", "resolution", "baseCost", "qualityCost", "batchDiscount", "totalCost",
    "estimatedTime", "creditsRequired",
]  # fmt: skip


def estimate(alice: Tenant, *, provider: str = "sim", operation: str = "text-to-image", **params: Any) -> Any:
    """POST /api/media/estimate, whatever the answer."""
    return alice.client.post("/api/media/estimate", {"provider": provider, "operation": operation, "params": params})


def test_the_specifications_ten_fields_come_first_and_in_its_order(alice: Tenant) -> None:
    answer = estimate(alice, model="sim/priced", width=1024, height=1024)
    assert (answer.status_code, list(answer.json())[:10]) == (200, TEN_FIELDS)
    document = answer.json()
    assert [document[name] for name in TEN_FIELDS] == [
        "sim", "sim/priced", "text-to-image", "1024x1024", 0.04, 0, 0, 0.04, 2.0, 4,
    ]  # fmt: skip
    assert not GenerationJob.objects.exists()


# quality, batch size -> quality cost, batch discount, total, credits; the base is $0.04.
FORMULA: list[tuple[str, int, float, float, float, int]] = [
    ("standard", 1, 0, 0, 0.04, 4),
    ("hd", 1, 0.04, 0, 0.08, 8),
    ("standard", 2, 0, 0.004, 0.076, 8),
    ("hd", 3, 0.04, 0.012, 0.228, 23),
    ("standard", 6, 0, 0.06, 0.18, 18),
    # The discount stops at a quarter.
    ("standard", 7, 0, 0.07, 0.21, 21),
    ("standard", 50, 0, 0.5, 1.5, 150),
]


@pytest.mark.parametrize(("quality", "count", "quality_cost", "discount", "total", "credits"), FORMULA)
def test_the_numbers_are_those_of_the_specifications_formula(
    alice: Tenant, quality: str, count: int, quality_cost: float, discount: float, total: float, credits: int
) -> None:
    document = estimate(alice, model="sim/priced", quality=quality, batchSize=count).json()
    found = (document["qualityCost"], document["batchDiscount"], document["totalCost"], document["creditsRequired"])
    assert (document["baseCost"], found) == (0.04, (quality_cost, discount, total, credits))


def test_an_estimate_is_what_the_request_is_charged(alice: Tenant) -> None:
    wanted: dict[str, Any] = {"quality": "hd", "batchSize": 3, "width": 128, "height": 128}
    credits = estimate(alice, model="sim/priced", **wanted).json()["creditsRequired"]
    assert drive(alice.start(**wanted)).credits_charged == credits


@pytest.mark.parametrize(
    ("provider", "params", "model", "total"),
    [
        ("stability", {"model": "sd-xl-1.0"}, "sd-xl-1.0", 0.009),
        ("flux", {"model": "flux-dev"}, "flux-dev", 0.025),
        ("auto", {"model": "flux-dev"}, "flux-dev", 0.025),
        ("auto", {}, "sim/standard", 0),
    ],
)
def test_models_are_priced_with_or_without_an_account(
    alice: Tenant, provider: str, params: dict[str, Any], model: str, total: float
) -> None:
    document = estimate(alice, provider=provider, **params).json()
    assert (document["model"], document["totalCost"]) == (model, total)


def test_a_retired_name_is_priced_as_the_model_that_took_its_place(alice: Tenant) -> None:
    document = estimate(alice, provider="openai", model="dall-e-3").json()
    assert document["model"] == "gpt-image-2.5-sunburst"
    # In the quality nearest to the old price of $0.040, not in the successor's own standard.
    assert document["totalCost"] == 0.05268
    assert [entry["field"] for entry in document["adaptations"]] == ["model"]


def test_what_would_be_adapted_is_told(alice: Tenant) -> None:
    document = estimate(alice, model="sim/priced", width=1001, height=1000).json()
    assert document["resolution"] == "1000x1000"
    assert [entry["field"] for entry in document["adaptations"]] == ["size"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"provider": "stabilty"}, "model_unknown", "provider"),
        ({"model": "sim/nothing"}, "model_unknown", "model"),
        ({"operation": "text-to-video"}, "operation_unsupported", "operation"),
        ({"width": 1}, "invalid_request", "params.width"),
        ({"widht": 512}, "invalid_request", "params.widht"),
    ],
)
def test_what_has_no_price_is_refused_by_name(alice: Tenant, fields: dict[str, Any], code: str, field: str) -> None:
    answer = estimate(alice, **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_time_is_measured_once_there_is_enough_history(alice: Tenant) -> None:
    for _ in range(4):
        drive(alice.start(width=64, height=64))
    assert estimate(alice, model="sim/priced").json()["estimatedTime"] == 2.0
    drive(alice.start(width=64, height=64))
    GenerationAttempt.objects.update(landed_at=F("submitted_at") + timedelta(seconds=7.5))
    assert estimate(alice, model="sim/priced").json()["estimatedTime"] == 7.5


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ({"maxCost": 0.03}, "price"),
        ({"maxSeconds": 1}, "time"),
        ({"deny": ["sim/priced"]}, "policy"),
        ({"allow": ["flux"]}, "policy"),
    ],
)
def test_a_named_model_is_held_to_the_bounds_as_a_job_would_be(
    alice: Tenant, bounds: dict[str, Any], code: str
) -> None:
    answer = alice.client.post(
        "/api/media/estimate",
        {"provider": "sim", "operation": "text-to-image", "params": {"model": "sim/priced"}, **bounds},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "no_route")
    assert [group["code"] for group in answer.json()["refused"]] == [code]


def test_a_name_that_nobody_has_is_refused_beside_a_named_model(alice: Tenant) -> None:
    answer = alice.client.post(
        "/api/media/estimate",
        {"provider": "sim", "operation": "text-to-image", "params": {"model": "sim/priced"}, "deny": ["fluxx"]},
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "deny.0")
