"""The admin's page of custom models: one form for three kinds, which says what is wrong beside the field."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

import providers.transport
from billing.models import PriceLine
from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.calls import transport
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import ProviderAccount, ProviderModel
from tests.factories import make_super_admin, make_user
from tests.generation.custom_models.bodies import KEY
from tests.providers.custom_rows import TEXT_WORKFLOW
from tests.providers.loopback import Reply, running_loopback

pytestmark = pytest.mark.django_db
PAGE = "/admin/providers/custommodel/"
COMMON = {
    **{"provider": "gpu-box", "base_url": "https://gpu.example.com", "name": "house-style", "price_unit": "image"},
    **{"operations": ["text-to-image"], "enabled": "on", "routable": "on", "price": "0.004"},
}
OF_KIND: dict[str, dict[str, Any]] = {
    OPENAI_COMPATIBLE: {
        "server_model": "flux.1-dev",
        "server_fields": '{"seed": "seed"}',
        "extra": '{"quality": "high"}',
    },
    AUTOMATIC1111: {
        **{"checkpoint": "house", "loras": "house-lora: 0.8\nother", "trigger_words": "hsstyle, lamp light"},
        **{"steps": "28", "cfg_scale": "6.5", "sampler": "DPM++ 2M", "negative": "watermark"},
    },
    COMFYUI: {"workflow": json.dumps(dict(TEXT_WORKFLOW)), "inputs": "prompt: 6.inputs.text\nprompt: 7.inputs.text"},
}
WIRINGS: dict[str, dict[str, Any]] = {
    OPENAI_COMPATIBLE: {"model": "flux.1-dev", "fields": {"seed": "seed"}, "extra": {"quality": "high"}},
    AUTOMATIC1111: {
        "checkpoint": "house",
        "loras": [{"name": "house-lora", "weight": 0.8}, {"name": "other", "weight": 1.0}],
        "triggerWords": ["hsstyle", "lamp light"],
        **{"steps": 28, "cfgScale": 6.5, "sampler": "DPM++ 2M", "negative": "watermark"},
    },
    COMFYUI: {"workflow": TEXT_WORKFLOW, "inputs": {"prompt": ["6.inputs.text", "7.inputs.text"]}},
}


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def add(sam: Client, kind: str, /, **changes: Any) -> Any:
    said = {**COMMON, "kind": kind, **OF_KIND[kind], **changes}
    return sam.post(f"{PAGE}add/", {name: value for name, value in said.items() if value is not None})


def complaints(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    return {name: " ".join(errors) for name, errors in answer.context["adminform"].form.errors.items()}


@pytest.mark.parametrize("kind", OF_KIND)
def test_a_model_is_added_and_opens_as_it_was_written(sam: Client, kind: str) -> None:
    assert add(sam, kind, new_key=KEY).status_code == 302
    row = ProviderModel.objects.get(name="house-style")
    assert row.wiring == WIRINGS[kind]
    assert ProviderAccount.objects.get(provider="gpu-box").api_key == KEY
    assert str(PriceLine.objects.get(provider="gpu-box").amount.normalize()) == "0.004"
    page = sam.get(f"{PAGE}{row.pk}/change/")
    form = page.context["adminform"].form
    shown = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    # Saving what is shown changes nothing.
    again = {name: value for name, value in shown.items() if value not in (None, "", False)}
    assert sam.post(f"{PAGE}{row.pk}/change/", again).status_code == 302
    limits = row.limits
    row.refresh_from_db()
    assert (row.wiring, row.limits) == (WIRINGS[kind], limits)
    assert PriceLine.objects.filter(provider="gpu-box").count() == 1


def test_no_page_shows_the_key_and_an_empty_field_keeps_it(sam: Client) -> None:
    add(sam, AUTOMATIC1111, new_key=KEY)
    row = ProviderModel.objects.get(name="house-style")
    for page in (PAGE, f"{PAGE}{row.pk}/change/", f"{PAGE}{row.pk}/history/"):
        assert KEY not in sam.get(page).content.decode()
    changes = {**COMMON, **OF_KIND[AUTOMATIC1111], "label": "Ours", "price": "0.005"}
    assert sam.post(f"{PAGE}{row.pk}/change/", changes).status_code == 302
    row.refresh_from_db()
    assert (row.label, row.name, row.provider_id) == ("Ours", "house-style", "gpu-box")
    assert ProviderAccount.objects.get(provider="gpu-box").api_key == KEY
    sam.post(f"{PAGE}{row.pk}/change/", {**changes, "forget_key": "on"})
    assert ProviderAccount.objects.get(provider="gpu-box").api_key == ""
    assert KEY not in str([(entry.before, entry.after) for entry in AuditEntry.objects.all()])


@pytest.mark.parametrize(
    ("kind", "changes", "field", "words"),
    [
        (AUTOMATIC1111, {"base_url": "http://gpu-box:7860"}, "base_url", "EGRESS_ALLOW"),
        (AUTOMATIC1111, {"base_url": None}, "base_url", "needs it"),
        (AUTOMATIC1111, {"provider": "GPU box"}, "provider", "small letters"),
        (AUTOMATIC1111, {"provider": "custom"}, "provider", "another provider"),
        (AUTOMATIC1111, {"name": "a/b"}, "name", "letters"),
        (AUTOMATIC1111, {"price": None}, "price", "required"),
        (AUTOMATIC1111, {"price": "-1"}, "price", "greater"),
        (AUTOMATIC1111, {"loras": "house-lora: strong"}, "loras", "0.8"),
        (AUTOMATIC1111, {"default_size": "large"}, "default_size", "1024x768"),
        (AUTOMATIC1111, {"sizes": "1024x1024, big"}, "sizes", "1024x768"),
        (AUTOMATIC1111, {"operations": ["remove-background"]}, "operations", "not asked for"),
        (AUTOMATIC1111, {"quality_prior": "3"}, "quality_prior", "less than"),
        (OPENAI_COMPATIBLE, {"server_model": None}, "server_model", "under which name"),
        (OPENAI_COMPATIBLE, {"server_fields": "seed"}, "server_fields", "not JSON"),
        (COMFYUI, {"workflow": "[1]"}, "workflow", "not a JSON object"),
        (COMFYUI, {"workflow": '{"1": NaN}'}, "workflow", "not JSON"),
        (COMFYUI, {"workflow": "[" * 100_000}, "workflow", "not JSON"),
        (COMFYUI, {"workflow": '{"1": "\\u0000"}'}, "workflow", "not JSON"),
        (COMFYUI, {"workflow": None}, "workflow", "Export (API)"),
        (COMFYUI, {"inputs": "prompt: 60.inputs.text"}, "inputs", "no node 60"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    sam: Client, kind: str, changes: dict[str, Any], field: str, words: str
) -> None:
    found = complaints(add(sam, kind, **changes))
    assert list(found) == [field]
    assert words in found[field]
    assert not ProviderModel.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_same_name_twice_is_a_complaint_and_no_error(sam: Client) -> None:
    add(sam, AUTOMATIC1111)
    assert "already" in complaints(add(sam, AUTOMATIC1111))["name"]


def test_inputs_left_empty_are_found_in_the_workflow(sam: Client) -> None:
    assert add(sam, COMFYUI, inputs=None).status_code == 302
    assert ProviderModel.objects.get().wiring["inputs"]["seed"] == "3.inputs.seed"
    found = sam.post(f"{PAGE}suggest/", {"workflow": OF_KIND[COMFYUI]["workflow"]}).json()
    assert found["inputs"]["prompt"] == "6.inputs.text"
    assert "Paste" in sam.post(f"{PAGE}suggest/", {"workflow": "none"}).json()["message"]


def test_the_connection_test_asks_once_and_saves_nothing(
    sam: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers.transport, "release_connection", lambda: None)
    transport.cache_clear()
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with running_loopback() as box:
        box.replies = [Reply(document=[{"title": "house.safetensors [31e35c80fc]"}])]
        said = {"kind": AUTOMATIC1111, "base_url": box.url, "new_key": "sam:word", "wanted": "house"}
        found = sam.post(f"{PAGE}check/", said).json()
        assert found["ok"] is True
        assert "house.safetensors" in found["message"]
        assert len(box.received) == 1
        assert not ProviderModel.objects.exists()
        # The key that is kept goes to its own server alone.
        add(sam, AUTOMATIC1111, base_url=box.url, new_key="sam:word")
        row = ProviderModel.objects.get()
        sam.post(f"{PAGE}check/", {**said, "new_key": "", "row": row.pk})
        sam.post(f"{PAGE}check/", {**said, "base_url": f"{box.url}/elsewhere", "new_key": "", "row": row.pk})
        assert ["authorization" in asked.headers for asked in box.received] == [True, True, False]
    transport.cache_clear()
    refused = sam.post(f"{PAGE}check/", {**said, "base_url": "http://10.0.0.1"}).json()
    assert "EGRESS_ALLOW" in refused["message"]
    assert sam.post(f"{PAGE}check/", {**said, "kind": "x"}).json()["ok"] is False


def test_a_member_of_staff_without_the_permission_gets_nowhere() -> None:
    client = Client()
    client.force_login(make_user(is_staff=True))
    for address in (PAGE, f"{PAGE}add/"):
        assert client.get(address).status_code == 403
    assert client.post(f"{PAGE}check/", {"kind": COMFYUI}).status_code == 403
    assert client.post(f"{PAGE}suggest/", {}).status_code == 403


def test_rows_are_not_deleted_and_models_of_the_catalogue_are_not_listed(sam: Client) -> None:
    add(sam, AUTOMATIC1111)
    row = ProviderModel.objects.get()
    assert sam.get(f"{PAGE}{row.pk}/delete/").status_code == 403
    assert b"house-style" in sam.get(PAGE).content
    row.provider.kind = ""
    row.provider.save()
    assert b"house-style" not in sam.get(PAGE).content
