"""What cannot be made is refused by name, with what was probably meant, and nothing is left behind."""

from typing import Any

import pytest

from billing.models import CreditHold, QuotaReservation
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationJob
from providers.models import Provider, ProviderAccount
from providers.operations import Operation
from tests.generation.tenants import Tenant


def refused(alice: Tenant, code: str, **fields: Any) -> dict[str, Any]:
    """The problem document of a request that left nothing behind."""
    answer = alice.ask(fields.pop("model", None), **fields)
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document.get("code")) == (422, code)
    assert answer["Content-Type"] == "application/problem+json"
    for kind in (GenerationJob, CreditHold, QuotaReservation, DomainEvent):
        assert not kind.objects.exists()
    return document


def test_an_unknown_provider_is_refused_with_the_nearest_one(alice: Tenant) -> None:
    (error,) = refused(alice, "model_unknown", provider="stabilty")["errors"]
    assert (error["field"], error["nearest"]) == ("provider", "stability")
    assert {"auto", "sim", "openai", "flux", "stability"} <= set(error["allowed"])


def test_an_unknown_model_is_refused_with_the_nearest_ones(alice: Tenant) -> None:
    document = refused(alice, "model_unknown", model="sim/pricedd")
    assert [(error["field"], error["nearest"]) for error in document["errors"]] == [("model", "sim/priced")]
    assert "sim/priced" in document["detail"]


def test_a_model_of_another_provider_is_unknown_to_the_named_one(alice: Tenant) -> None:
    assert refused(alice, "model_unknown", model="flux-dev")["errors"][0]["field"] == "model"


def test_an_unknown_operation_is_refused_with_what_there_is_and_the_nearest(alice: Tenant) -> None:
    (error,) = refused(alice, "invalid_request", operation="text-to-imge")["errors"]
    assert (error["field"], error["allowed"], error["nearest"]) == ("operation", list(Operation), "text-to-image")


@pytest.mark.parametrize(
    ("provider", "variable"),
    [("stability", "STABILITY_API_KEY"), ("openai", "OPENAI_API_KEY"), ("flux", "BFL_API_KEY")],
)
def test_a_provider_without_a_key_says_where_to_enter_one_and_what_works_without(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, provider: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)
    document = refused(alice, "provider_not_configured", provider=provider)
    assert document["provider"] == provider
    assert [
        part for part in ("/admin/providers/provideraccount/", variable, '"sim"') if part not in document["detail"]
    ] == []


def test_a_model_named_without_its_provider_is_found_and_says_what_its_provider_needs(alice: Tenant) -> None:
    assert refused(alice, "provider_not_configured", provider="auto", model="flux-dev")["provider"] == "flux"


def test_a_disabled_provider_is_not_offered_and_not_used(alice: Tenant) -> None:
    Provider.objects.filter(key="flux").update(enabled=False)
    assert refused(alice, "model_unknown", provider="flux")["errors"][0]["field"] == "provider"


def test_without_any_account_auto_says_so(alice: Tenant) -> None:
    ProviderAccount.objects.update(enabled=False)
    assert "sim" in refused(alice, "provider_not_configured", provider="auto")["detail"]


def test_a_model_without_a_price_is_refused_and_never_free(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.quotes.find_price_line", lambda **_: None)
    assert refused(alice, "price_unknown", model="sim/priced")["model"] == "sim/priced"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""), ("width", 63), ("height", 8193), ("width", "wide"), ("quality", "ultra"), ("steps", 0),
        ("cfgScale", 36), ("cfgScale", "NaN"), ("sampler", "magic"), ("seed", -1), ("seed", 2**32), ("style", "loud"),
        ("batchSize", 0), ("batchSize", 51), ("fit", "loose"), ("tags", "hero"), ("tags", ["x" * 51]),
        ("altText", "x" * 1001), ("expiresAt", "soon"), ("metadata", "page"), ("projectId", "mine"),
        ("externalUserId", ""), ("prompt", "x" * 32_001),
    ],
)  # fmt: skip
def test_a_value_out_of_its_bounds_is_refused_by_name(alice: Tenant, field: str, value: Any) -> None:
    (error,) = refused(alice, "invalid_request", **{field: value})["errors"]
    assert error["field"].split(".")[0] == field


def test_every_wrong_field_is_named_at_once(alice: Tenant) -> None:
    document = refused(alice, "invalid_request", promt="a lake", width=1, qualty="hd")
    assert {error["field"]: error.get("nearest") for error in document["errors"]} == {
        "promt": "prompt", "qualty": "quality", "width": None,
    }  # fmt: skip
