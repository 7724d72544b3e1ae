"""What cannot be a custom model is refused by the name of its field, with advice, and leaves nothing behind."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from providers.catalogue import load_catalogue
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import ProviderAccount, ProviderModel
from tests.generation.custom_models.bodies import KEY, ROUTE, body
from tests.generation.custom_models.test_operators_api import make, refused
from tests.providers.custom_rows import INPAINT_WORKFLOW, TEXT_INPUTS, TEXT_WORKFLOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "sim"}, "provider"),
        ({"provider": "auto"}, "provider"),
        ({"provider": "custom"}, "provider"),
        ({"provider": "GPU box"}, "provider"),
        ({"kind": "replicate"}, "kind"),
        ({"kind": None}, "kind"),
        ({"baseUrl": None}, "baseUrl"),
        ({"baseUrl": "gpu-box"}, "baseUrl"),
        ({"baseUrl": "ftp://gpu.example.com"}, "baseUrl"),
        ({"baseUrl": "https://user:word@gpu.example.com"}, "baseUrl"),
        ({"name": "house/style"}, "name"),
        ({"operations": ["outpaint"]}, "operations.0"),
        ({"operations": ["remove-background"]}, "operations"),
        ({"operations": []}, "operations"),
        ({"wiring": {"chekpoint": "x"}}, "wiring"),
        ({"wiring": {"loras": [{"name": "a<b"}]}}, "wiring"),
        ({"limits": {"sizes": ["big"]}}, "limits.sizes.0"),
        ({"limits": {"minimumSide": 900, "maximumSide": 800}}, "limits.maximumSide"),
        ({"limits": {"minimumSide": 100, "maximumSide": 110, "sideMultiple": 64}}, "limits.sideMultiple"),
        ({"limits": {"size": "1x1"}}, "limits.size"),
        ({"limits": {"minimumSide": 3000}}, "limits.minimumSide"),
        ({"limits": {"minimumSide": 2100, "maximumSide": 8192}}, "limits.minimumSide"),
        ({"requestsPerMinute": 2**31}, "requestsPerMinute"),
        ({"concurrentRequests": 2**31}, "concurrentRequests"),
        ({"baseUrl": "https://gpu.example.com/?key=1"}, "baseUrl"),
        ({"baseUrl": "https://gpu.example.com/#top"}, "baseUrl"),
        ({"qualityPrior": 2}, "qualityPrior"),
        ({"concurrentRequests": -2}, "concurrentRequests"),
        ({"prices": [{"amount": "1", "unit": "token"}]}, "prices.0.unit"),
        ({"prices": [{"amount": "1", "currency": "EUR"}]}, "prices.0.currency"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_leaves_nothing(
    sam: APIClient, changes: dict[str, Any], field: str
) -> None:
    load_catalogue()
    assert list(refused(sam.post(ROUTE, body(AUTOMATIC1111, **changes)))) == [field]
    assert not ProviderModel.objects.exclude(provider__kind="").exists()


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7:7860", "http://gpu-box:7860", "https://192.168.1.20", "https://gpu:8188"]
)
def test_an_address_of_ones_own_is_refused_with_the_way_to_open_it(
    sam: APIClient, settings: Settings, url: str
) -> None:
    settings.EGRESS_ALLOW = []
    assert "EGRESS_ALLOW" in refused(sam.post(ROUTE, body(AUTOMATIC1111, baseUrl=url)))["baseUrl"]
    settings.EGRESS_ALLOW = ["10.0.0.0/8", "gpu-box:7860", "192.168.1.20", "gpu"]
    assert make(sam, AUTOMATIC1111, baseUrl=f"{url}/")["baseUrl"] == url


def test_the_inputs_of_a_workflow_are_found_in_it(sam: APIClient) -> None:
    inputs = make(sam, COMFYUI)["wiring"]["inputs"]
    assert inputs == {**TEXT_INPUTS}
    changed = sam.patch(
        f"{ROUTE}/comfy/house-graph", {"wiring": {"workflow": TEXT_WORKFLOW, "inputs": {"prompt": "6.inputs.text"}}}
    )
    assert changed.json()["wiring"]["inputs"] == {"prompt": "6.inputs.text"}
    # Without a place for a size it draws its own, and without one for a seed it takes none.
    assert changed.json()["limits"]["size"]["values"] == ["512x512"]
    assert "seed" not in changed.json()["limits"]


@pytest.mark.parametrize(
    ("wiring", "field", "words"),
    [
        ({"workflow": {}}, "wiring.workflow", "Export (API)"),
        ({"workflow": {"nodes": [], "links": []}}, "wiring.workflow", "editor's format"),
        ({"workflow": {"1": {"class_type": "SaveImage", "inputs": {}}}}, "wiring.inputs", "where the prompt goes"),
        ({"workflow": TEXT_WORKFLOW, "inputs": {"prompt": "60.inputs.text"}}, "wiring.inputs", "no node 60"),
        ({"workflow": TEXT_WORKFLOW, "inputs": {"prompt": "6.inputs.txt"}}, "wiring.inputs", "it has: clip, text"),
    ],
)
def test_a_workflow_that_would_not_run_is_refused_with_the_reason(
    sam: APIClient, wiring: dict[str, Any], field: str, words: str
) -> None:
    found = refused(sam.post(ROUTE, body(COMFYUI, wiring=wiring)))
    assert words in found[field]


def test_an_operation_that_needs_a_picture_needs_a_place_for_it(sam: APIClient) -> None:
    answer = sam.post(ROUTE, body(COMFYUI, operations=["image-to-image"]))
    assert "inputs.image" in refused(answer)["wiring.inputs"]
    document = make(sam, COMFYUI, operations=["inpaint"], wiring={"workflow": INPAINT_WORKFLOW})
    assert document["wiring"]["inputs"]["mask"] == "11.inputs.image"


def test_a_key_goes_to_no_other_server_until_it_is_said_again(sam: APIClient) -> None:
    make(sam, OPENAI_COMPATIBLE)
    address = f"{ROUTE}/local-ai/house-flux"
    account = ProviderAccount.objects.get(provider="local-ai")
    for url in ("https://elsewhere.example.com/v1", "https://elsewhere.example.com:8443/v1"):
        assert list(refused(sam.patch(address, {"baseUrl": url}))) in (["apiKey"], ["baseUrl"])
    assert "again" in refused(sam.patch(address, {"baseUrl": "https://elsewhere.example.com/v1"}))["apiKey"]
    account.refresh_from_db()
    assert account.base_url == "https://models.example.com/v1"
    assert sam.patch(address, {"baseUrl": "https://models.example.com/v2"}).status_code == 200
    said = {"baseUrl": "https://elsewhere.example.com/v1", "apiKey": "another"}
    assert sam.patch(address, said).json()["baseUrl"] == said["baseUrl"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("baseUrl", "https://elsewhere.example.com"),
        ("apiKey", "another"),
        ("requestsPerMinute", 31),
        ("concurrentRequests", 3),
        ("spendPerDay", "21"),
    ],
)
def test_a_second_model_changes_nothing_of_its_server(sam: APIClient, field: str, value: Any) -> None:
    make(sam, AUTOMATIC1111, apiKey=KEY)
    answer = sam.post(ROUTE, body(AUTOMATIC1111, name="other", **{field: value}))
    assert list(refused(answer)) == [field]
    assert make(sam, AUTOMATIC1111, name="other", apiKey=KEY)["hasKey"] is True
