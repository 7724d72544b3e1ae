"""Custom models over the API: made, read, changed and disabled by SuperAdmins, without a key ever coming out."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from billing.models import PriceLine
from billing.quotes import quote_price
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.remembered import forget_remembered
from providers.catalogue import CATALOGUE_FILE, load_catalogue
from providers.kinds import AUTOMATIC1111, COMFYUI, KINDS, OPENAI_COMPATIBLE
from providers.models import CatalogueVersion, Provider, ProviderAccount, ProviderModel
from providers.selectors import configured_providers, find_model
from tests.factories import api_client, make_key, make_project, make_super_admin, make_user, session_client
from tests.generation.custom_models.bodies import BODIES, KEY, ROUTE, body

pytestmark = pytest.mark.django_db


def make(sam: APIClient, kind: str, /, **changes: Any) -> dict[str, Any]:
    answer = sam.post(ROUTE, body(kind, **changes))
    assert answer.status_code == 201, answer.content.decode()
    document: dict[str, Any] = answer.json()
    return document


def refused(answer: Any, status: int = 422) -> dict[str, str]:
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_made_in_one_request_and_can_be_used_at_once(sam: APIClient, kind: str) -> None:
    document = make(sam, kind)
    named = BODIES[kind]
    assert (document["provider"], document["name"], document["kind"]) == (named["provider"], named["name"], kind)
    assert (document["usable"], document["routable"], document["enabled"]) == (True, True, True)
    forget_remembered()
    assert named["provider"] in configured_providers()
    assert find_model(named["provider"], named["name"]).wiring == document["wiring"]
    assert sam.get(f"{ROUTE}/{named['provider']}/{named['name']}").json() == document
    assert sam.get(ROUTE).json()["items"] == [document]


def test_what_was_said_is_what_is_kept(sam: APIClient) -> None:
    document = make(sam, AUTOMATIC1111)
    account = ProviderAccount.objects.get(provider="gpu-box")
    assert (account.requests_per_minute, account.concurrent_requests, account.spend_per_day) == (30, 2, Decimal(20))
    row = ProviderModel.objects.get(name="house-style")
    assert (row.quality_prior, row.typical_seconds, row.provider.label) == (Decimal("0.7"), 9, "The box under the desk")
    assert (row.limits["default_size"], row.limits["outputs_per_call"]) == ("512x512", 2)
    assert (row.limits["size"]["maximum_side"], row.limits["size"]["multiple"]) == (1024, 8)
    assert document["wiring"] == BODIES[AUTOMATIC1111]["wiring"]
    assert row.provider.default_model == "house-style"


def test_the_list_of_models_and_prices_know_it(sam: APIClient) -> None:
    make(sam, OPENAI_COMPATIBLE)
    forget_remembered()
    client = api_client(make_key(make_project(make_user()))[1])
    [listed] = [entry for entry in client.get("/api/media/models").json()["items"] if entry["name"] == "house-flux"]
    assert (listed["configured"], listed["price"], listed["isDefault"]) == (True, 0.004, True)
    assert listed["limits"]["size"] == {"kind": "list", "values": ["1024x1024", "832x1216"]}
    assert "wiring" not in listed
    assert quote_price(provider="local-ai", model="house-flux", operation="image-to-image").total == Decimal("0.006")
    estimated = client.post(
        "/api/media/estimate",
        {"provider": "local-ai", "operation": "text-to-image", "params": {"model": "house-flux", "batchSize": 2}},
    )
    assert (estimated.status_code, estimated.json()["totalCost"]) == (200, 0.0076)


def test_a_key_is_sealed_and_nothing_shows_it(sam: APIClient) -> None:
    document = make(sam, OPENAI_COMPATIBLE)
    assert document["hasKey"] is True
    assert ProviderAccount.objects.get(provider="local-ai").api_key == KEY
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM provider_accounts WHERE provider_id = 'local-ai'")
        assert KEY not in cursor.fetchone()[0]
    assert KEY not in sam.get(ROUTE).content.decode()
    assert KEY not in str([(entry.before, entry.after) for entry in AuditEntry.objects.all()])


def test_a_price_of_nothing_has_to_be_said(sam: APIClient) -> None:
    assert refused(sam.post(ROUTE, body(AUTOMATIC1111, prices=None))) == {"prices": "This field is required."}
    assert list(refused(sam.post(ROUTE, body(AUTOMATIC1111, prices=[])))) == ["prices"]
    assert list(refused(sam.post(ROUTE, body(AUTOMATIC1111, prices=[{"amount": -1}])))) == ["prices.0.amount"]
    assert list(refused(sam.post(ROUTE, body(AUTOMATIC1111, prices=[{"amount": 0.1}])))) == ["prices.0.amount"]
    make(sam, AUTOMATIC1111, prices=[{"amount": "0"}])
    assert PriceLine.objects.get(provider="gpu-box").amount == 0


def test_every_operation_needs_a_price(sam: APIClient) -> None:
    prices = [{"operation": "text-to-image", "amount": "0.01"}]
    answer = sam.post(ROUTE, body(OPENAI_COMPATIBLE, prices=prices))
    assert refused(answer) == {"prices": "There is no price for image-to-image; say one, be it 0."}
    assert not Provider.objects.filter(key="local-ai").exists(), "all or nothing"


def test_a_second_model_on_the_same_server_needs_no_address(sam: APIClient) -> None:
    make(sam, AUTOMATIC1111)
    second = make(sam, AUTOMATIC1111, name="other", kind=None, baseUrl=None, concurrentRequests=None)
    assert (second["kind"], second["baseUrl"], second["concurrentRequests"]) == (
        AUTOMATIC1111, "https://gpu.example.com", 2,
    )  # fmt: skip
    assert ProviderAccount.objects.filter(provider="gpu-box").count() == 1
    assert list(refused(sam.post(ROUTE, body(AUTOMATIC1111, name="third", kind=COMFYUI)))) == ["kind"]
    assert sam.post(ROUTE, body(AUTOMATIC1111)).status_code == 409


def test_a_change_leaves_the_rest_alone(sam: APIClient) -> None:
    before = make(sam, OPENAI_COMPATIBLE)
    after = sam.patch(f"{ROUTE}/local-ai/house-flux", {"label": "Ours", "concurrentRequests": 3}).json()
    assert after == {**before, "label": "Ours", "concurrentRequests": 3}
    assert ProviderAccount.objects.get(provider="local-ai").api_key == KEY
    forgotten = sam.patch(f"{ROUTE}/local-ai/house-flux", {"apiKey": ""}).json()
    assert forgotten["hasKey"] is False


def test_a_new_price_is_a_new_line_and_the_same_price_is_none(sam: APIClient) -> None:
    make(sam, AUTOMATIC1111, prices=[{"amount": "0.01"}])
    address = f"{ROUTE}/gpu-box/house-style"
    sam.patch(address, {"prices": [{"amount": "0.010"}]})
    assert PriceLine.objects.filter(provider="gpu-box").count() == 1
    changed = sam.patch(address, {"prices": [{"amount": "0.02", "unit": "megapixel"}]}).json()
    assert [(price["amount"], price["unit"]) for price in changed["prices"]] == [(0.02, "megapixel")]
    assert PriceLine.objects.filter(provider="gpu-box").count() == 2
    quote = quote_price(provider="gpu-box", model="house-style", operation="text-to-image", width=1000, height=1000)
    assert quote.total == Decimal("0.02")


def test_a_disabled_model_is_kept_out_of_use_and_can_come_back(sam: APIClient) -> None:
    make(sam, AUTOMATIC1111)
    address = f"{ROUTE}/gpu-box/house-style"
    assert sam.delete(address).status_code == 204
    assert (sam.get(address).json()["enabled"], sam.get(address).json()["usable"]) == (False, False)
    forget_remembered()
    assert "gpu-box" not in configured_providers()
    assert sam.patch(address, {"enabled": True}).json()["usable"] is True
    forget_remembered()
    assert "gpu-box" in configured_providers()


def test_a_new_model_brings_a_server_without_models_back(sam: APIClient) -> None:
    make(sam, AUTOMATIC1111)
    sam.delete(f"{ROUTE}/gpu-box/house-style")
    assert make(sam, AUTOMATIC1111, name="other")["usable"] is True
    assert sam.get(f"{ROUTE}/gpu-box/house-style").json()["usable"] is False


def test_models_of_the_catalogue_are_not_changed_here(sam: APIClient) -> None:
    load_catalogue()
    assert sam.get(ROUTE).json() == {"items": []}
    for method in ("get", "delete"):
        assert getattr(sam, method)(f"{ROUTE}/openai/gpt-image-1").status_code == 404
    assert sam.patch(f"{ROUTE}/openai/gpt-image-1", {"label": "Mine"}).status_code == 404


def test_loading_the_catalogue_anew_leaves_custom_models_alone(sam: APIClient) -> None:
    load_catalogue()
    before = make(sam, AUTOMATIC1111)
    CatalogueVersion.objects.update(digest="another", document={})
    load_catalogue(CATALOGUE_FILE)
    assert sam.get(f"{ROUTE}/gpu-box/house-style").json() == before


def test_every_change_is_in_the_audit(sam: APIClient) -> None:
    make(sam, AUTOMATIC1111)
    sam.patch(f"{ROUTE}/gpu-box/house-style", {"label": "Ours"})
    sam.delete(f"{ROUTE}/gpu-box/house-style")
    created, changed, disabled = AuditEntry.objects.filter(action__startswith="custom_model.").order_by("id")
    assert [entry.action for entry in (created, changed, disabled)] == [
        "custom_model.created", "custom_model.changed", "custom_model.changed",
    ]  # fmt: skip
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["label"], changed.after["label"]) == ("House style", "Ours")
    assert disabled.after is not None
    assert disabled.after["enabled"] is False
    assert AuditEntry.objects.filter(action="billing.add_price_line").count() == 1
    assert AuditEntry.objects.filter(action="provider_account.created").count() == 1


def test_a_super_admins_browser_may_and_anybody_elses_may_not() -> None:
    client = session_client(make_super_admin())
    assert client.get(ROUTE).status_code == 200
    assert client.post(ROUTE, body(AUTOMATIC1111), content_type="application/json").status_code == 403, "no CSRF token"
    assert session_client(make_user(is_staff=True)).get(ROUTE).status_code == 404


def test_a_super_admins_key_needs_the_scope_and_nobody_elses_gets_it() -> None:
    sam = make_super_admin()
    client = api_client(make_key(make_project(sam), scopes=["generate", "read", "platform"])[1])
    assert client.get(ROUTE).status_code == 403
    alice = make_user()
    with pytest.raises(Exception, match="Some fields"):
        make_key(make_project(alice), scopes=["admin"])
    key, token = make_key(make_project(sam), scopes=["admin"])
    sam.is_superuser = False
    sam.save()
    assert api_client(token).get(ROUTE).status_code == 404
    assert key.scopes == ["admin"]
