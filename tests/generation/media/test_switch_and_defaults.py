"""What operators set for media: whether anything is made, and what holds where a request is silent."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from assets.models import MediaAsset
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.errors import GenerationDisabled
from gencraft_media.generation.models import GenerationJob, MediaSettings
from gencraft_media.generation.resolution import retry_job
from providers.models import ProviderModel
from tests.factories import make_super_admin
from tests.generation.driving import drive
from tests.generation.tenants import BODY, SMALL, Tenant, make_tenant, put_on_plan

OPENAI = {"model": "sim/standard", "prompt": "A lighthouse", "size": "128x128"}


def put(scope: str = "global", **values: Any) -> None:
    """Settings of a scope, in force at once."""
    change_settings(MediaSettings, values, scope=scope)


def of(tenant: Tenant) -> str:
    """The scope of the tenant's project."""
    return f"project:{tenant.project.pk}"


def png() -> SimpleUploadedFile:
    """A picture for edits."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((128, 128)).convert("RGB").save(buffer, "PNG")
    return SimpleUploadedFile("picture.png", buffer.getvalue(), "image/png")


def test_every_way_in_is_shut_and_what_was_begun_is_finished(alice: Tenant) -> None:
    asset_id = alice.show(drive(alice.start(key="kept")))["result"]["assetId"]
    begun = alice.start()
    put(enabled=False)
    ways: list[tuple[str, Any, str]] = [
        ("/api/media/generate", BODY, "json"),
        (f"/api/media/assets/{asset_id}/edits", {"prompt": "A boat"}, "json"),
        (f"/api/media/assets/{asset_id}/variations", {}, "json"),
        (f"/api/media/assets/{asset_id}/upscale", {"factor": 2}, "json"),
        ("/v1/images/generations", OPENAI, "json"),
        ("/v1/images/edits", {"prompt": "A boat", "image": png()}, "multipart"),
        ("/v1/images/variations", {"image": png()}, "multipart"),
    ]
    for path, body, kind in ways:
        for headers in ({}, {"x-stainless-retry-count": "0"}):
            answer = alice.client.post(path, body, format=kind, headers=headers)
            document = answer.json().get("error", answer.json())
            assert (path, answer.status_code, document["code"]) == (path, 403, "generation_disabled")
    assert GenerationJob.objects.count() == 2
    assert drive(begun).status == "completed"
    assert alice.ask(key="kept").status_code == 202


def test_an_operator_cannot_run_a_job_again_where_nothing_is_made(alice: Tenant) -> None:
    job = alice.start()
    alice.cancel(job)
    put(enabled=False)
    with pytest.raises(GenerationDisabled):
        retry_job(actor=make_super_admin(), job_id=job.pk)


def test_a_plan_and_a_project_say_for_themselves_whether_anything_is_made(alice: Tenant) -> None:
    bob = make_tenant("bob")
    put(enabled=False)
    put(of(alice), enabled=True)
    assert (alice.ask().status_code, bob.ask().status_code) == (202, 403)
    put("plan:pro", enabled=True)
    put_on_plan(bob, "pro")
    assert bob.ask().status_code == 202
    put(of(alice), enabled=None)
    assert alice.ask().status_code == 403


def test_prices_and_routes_are_told_all_the_same_and_say_that_nothing_is_made(alice: Tenant) -> None:
    estimate = {"operation": "text-to-image", "params": {"model": "sim/priced", **SMALL, "format": "png"}}
    assert alice.client.post("/api/media/estimate", estimate).json()["warnings"] == []
    assert "warnings" not in alice.client.post("/api/media/route", BODY).json()["receipt"]
    put(of(alice), enabled=False)
    told = alice.client.post("/api/media/estimate", estimate)
    assert (told.status_code, told.json()["creditsRequired"]) == (200, 4)
    route = alice.client.post("/api/media/route", BODY)
    assert route.status_code == 200
    for (warning,) in (told.json()["warnings"], route.json()["receipt"]["warnings"]):
        assert "switched off" in warning


def test_the_quality_of_the_settings_holds_where_none_is_said(alice: Tenant) -> None:
    put("plan:enterprise", quality="hd")
    said, silent = alice.start(quality="standard"), alice.start()
    assert (said.params["quality"], silent.params["quality"], silent.adaptations) == ("standard", "hd", [])
    body = {"operation": "text-to-image", "params": {"model": "sim/priced", **SMALL}}
    usual = alice.client.post("/api/media/estimate", body).json()["totalCost"]
    body["params"]["quality"] = "hd"  # type: ignore[index]
    assert alice.client.post("/api/media/estimate", body).json()["totalCost"] == usual == float(silent.quoted_total)
    assert silent.quoted_total > said.quoted_total


def test_a_model_without_the_usual_quality_is_no_reason_to_refuse_or_report(alice: Tenant) -> None:
    put(quality="hd")
    row = ProviderModel.objects.get(name="sim/slow")
    row.limits["qualities"] = {"standard": "standard"}
    row.save()
    answer = alice.ask(model="sim/slow", fit="strict")
    assert (answer.status_code, answer.json()["adaptations"]) == (202, [])
    assert answer.json()["params"]["quality"] == "standard"


def test_the_default_model_is_asked_first_where_nobody_says_another(alice: Tenant) -> None:
    put(default_model="sim/priced")
    chosen = alice.ask(None, provider="auto").json()
    assert (chosen["provider"], chosen["model"]) == ("sim", "sim/priced")
    assert chosen["receipt"]["reason"] == "The default model of the settings."
    assert chosen["receipt"]["requested"] == {"provider": "auto"}
    for said in ({"provider": "sim"}, {"provider": "auto", "strategy": "cheapest"}, {"model": "sim/standard"}):
        body = {**BODY, "provider": "auto", **said}
        other = alice.client.post("/api/media/generate", body).json()
        assert other["model"] == "sim/standard", said
    estimate = alice.client.post("/api/media/estimate", {"operation": "text-to-image", "params": SMALL}).json()
    assert estimate["model"] == "sim/priced"
    told = alice.client.post("/api/media/route", {**BODY, "provider": "auto"}).json()
    assert told["chosen"]["model"] == "sim/priced"
    assert told["alternatives"]


@pytest.mark.parametrize(
    ("usual", "fields"),
    [
        ("openai/gpt-image-2", {}),
        ("sim/unheard-of", {}),
        ("sim/priced", {"maxCost": 0}),
        ("sim/priced", {"deny": ["sim/priced"]}),
        ("resample/lanczos", {}),
    ],
)
def test_another_model_is_chosen_where_the_default_cannot_be_had(
    alice: Tenant, usual: str, fields: dict[str, Any]
) -> None:
    put(default_model=usual)
    answer = alice.ask(None, provider="auto", **fields)
    assert answer.status_code == 202, answer.json()
    assert answer.json()["model"] not in {usual, usual.partition("/")[2]}


def test_pictures_go_after_the_days_of_the_settings_unless_their_time_was_said(alice: Tenant) -> None:
    put(retention_days=7)
    put("plan:enterprise", retention_days=2)
    moment = datetime.now(UTC) + timedelta(hours=5)
    drive(alice.start())
    drive(alice.start(expiresAt=moment.isoformat()))
    put(of(alice), retention_days=-1)
    drive(alice.start())
    short, said, kept = MediaAsset.objects.order_by("created_at")
    assert short.expires_at is not None and short.created_at is not None
    assert abs(short.expires_at - short.created_at - timedelta(days=2)) < timedelta(minutes=1)
    assert (said.expires_at, kept.expires_at) == (moment, None)
