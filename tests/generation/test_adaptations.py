"""What a model cannot take is adapted and reported, or under `strict` refused by name."""

from typing import Any

import pytest

from tests.generation.driving import drive
from tests.generation.tenants import Tenant

# What is asked, the field that is changed, and what is used instead (None: left out).
MISFITS: list[tuple[dict[str, Any], str, Any]] = [
    ({"width": 1001, "height": 1000}, "width", 1000),
    ({"width": 128, "height": 130}, "height", 128),
    ({"width": 4096, "height": 4096}, "height", 2048),
    ({"stylePreset": "cinematc"}, "stylePreset", "cinematic"),
    ({"stylePreset": "zzz"}, "stylePreset", None),
    ({"prompt": "x" * 10_001}, "prompt", "x" * 10_000),
]


@pytest.mark.parametrize(("fields", "name", "used"), MISFITS)
def test_what_does_not_fit_is_adapted_and_reported(alice: Tenant, fields: dict[str, Any], name: str, used: Any) -> None:
    answer = alice.ask(**fields)
    assert answer.status_code == 202
    found = {entry["field"]: entry for entry in answer.json()["adaptations"]}
    assert (found[name]["requested"], found[name]["used"]) == (fields[name], used)
    assert found[name]["reason"].endswith(".")
    params = answer.json()["params"]
    assert {**params, **params.get("options", {})}.get(name) == used


@pytest.mark.parametrize(("fields", "name", "used"), MISFITS)
def test_under_strict_what_does_not_fit_is_refused_by_name(
    alice: Tenant, fields: dict[str, Any], name: str, used: Any
) -> None:
    answer = alice.ask(**fields, fit="strict")
    assert (answer.status_code, answer.json()["code"]) == (422, "option_unsupported")
    errors = {error["field"]: error.get("nearest") for error in answer.json()["errors"]}
    assert errors[name] == used
    assert name in answer.json()["detail"]


def test_a_request_that_fits_is_taken_as_it_is_under_strict(alice: Tenant) -> None:
    answer = alice.ask(fit="strict", steps=30, stylePreset="anime")
    assert (answer.status_code, answer.json()["adaptations"]) == (202, [])


def test_an_adapted_size_is_the_size_that_is_made_and_paid(alice: Tenant) -> None:
    document = alice.show(drive(alice.start(width=131, height=131)))
    assert (document["params"]["width"], document["params"]["height"]) == (128, 128)
    assert (document["result"]["metadata"]["width"], document["result"]["metadata"]["height"]) == (128, 128)
    assert [entry["field"] for entry in document["adaptations"]] == ["width", "height"]
