"""One request becomes one asset, with everything the specification says about both."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assets.models import MediaAsset
from billing.models import MediaUsage
from gencraft_media.generation.models import GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import SMALL, Tenant

# The specification's interfaces MediaGenerationJob and AssetMetadata, in their order.
JOB_FIELDS = [
    "id", "userId", "projectId", "provider", "operation", "params", "status", "progress", "result", "error",
    "createdAt", "completedAt",
]  # fmt: skip
ASSET_FIELDS = [
    "id", "userId", "projectId", "filename", "mimeType", "size", "width", "height", "generationParams", "provider",
    "model", "cost", "s3Key", "s3Bucket", "cdnUrl", "thumbnailUrl", "tags", "collectionId", "version",
    "parentAssetId", "createdAt", "expiresAt",
]  # fmt: skip
SPECIFIED_BODY = {
    "provider": "sim",
    "operation": "text-to-image",
    "prompt": "A lighthouse at dawn",
    "negativePrompt": "people",
    "width": 256,
    "height": 128,
    "quality": "hd",
    "batchSize": 2,
}


def finished(alice: Tenant, answer: Any) -> dict[str, Any]:
    """The job of an accepted request, once it has ended well."""
    assert answer.status_code == 202, answer.json()
    document = alice.show(drive(answer.json()["id"]))
    assert document["status"] == "completed", document["error"]
    return document


def test_the_answer_to_a_request_is_the_queued_job_and_where_to_ask_for_it(alice: Tenant) -> None:
    answer = alice.ask()
    document = answer.json()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/media/jobs/{document['id']}"
    assert (document["status"], document["progress"], document["result"], document["error"]) == (
        "queued",
        0,
        None,
        None,
    )
    assert document["completedAt"] is None
    again = alice.client.get(answer["Location"]).json()
    assert {**again, "eta": document["eta"]} == document


def test_a_finished_job_has_every_field_of_the_specification_and_its_own_after_them(alice: Tenant) -> None:
    document = finished(alice, alice.ask())
    assert list(document)[: len(JOB_FIELDS)] == JOB_FIELDS
    assert {"items", "cost", "receipt", "adaptations", "model", "batchSize"} <= set(document)
    assert (document["userId"], document["projectId"]) == (str(alice.project.owner_id), str(alice.project.pk))
    assert (document["provider"], document["model"], document["operation"]) == ("sim", "sim/priced", "text-to-image")
    assert (document["progress"], document["error"]) == (100, None)
    assert document["createdAt"] < document["completedAt"]
    assert set(document["result"]) == {"assetId", "cdnUrl", "thumbnailUrl", "metadata"}
    assert document["cost"] == {
        "quoted": 0.04, "creditsQuoted": 4, "creditsCharged": 4, "priceVersion": document["cost"]["priceVersion"],
    }  # fmt: skip
    assert document["receipt"]["chosen"] == {"provider": "sim", "model": "sim/priced"}


def test_the_asset_of_a_job_has_every_field_of_the_specification(alice: Tenant) -> None:
    result = finished(alice, alice.ask())["result"]
    asset = result["metadata"]
    assert list(asset)[: len(ASSET_FIELDS)] == ASSET_FIELDS
    assert (asset["width"], asset["height"], asset["mimeType"], asset["cost"]) == (128, 128, "image/webp", 0.04)
    assert asset["s3Key"] == f"media/{alice.project.owner_id}/{alice.project.pk}/{asset['id']}.webp"
    assert asset["filename"].startswith("a-lighthouse-at-dawn-")
    assert asset["generationParams"]["prompt"] == "A lighthouse at dawn"
    assert isinstance(asset["generationParams"]["seed"], int)
    assert (asset["version"], asset["collectionId"], asset["parentAssetId"], asset["expiresAt"]) == (
        1,
        None,
        None,
        None,
    )
    assert alice.client.get(f"/api/media/assets/{result['assetId']}").json() == asset


def test_the_addresses_of_a_result_serve_what_the_asset_says(alice: Tenant) -> None:
    result = finished(alice, alice.ask())["result"]
    picture = alice.client.get(result["cdnUrl"])
    body = picture.getvalue()
    assert (picture.status_code, picture["Content-Type"], len(body)) == (200, "image/webp", result["metadata"]["size"])
    assert body[8:12] == b"WEBP"
    thumbnail = alice.client.get(result["thumbnailUrl"])
    assert thumbnail.status_code == 200
    assert thumbnail.getvalue()[8:12] == b"WEBP"


def test_the_body_of_the_specification_works_word_for_word(alice: Tenant) -> None:
    answer = alice.client.post("/api/media/generate", SPECIFIED_BODY)
    document = finished(alice, answer)
    assert (document["batchSize"], len(document["items"])) == (2, 2)
    wanted = ("prompt", "negativePrompt", "width", "height", "quality")
    assert {name: document["params"][name] for name in wanted} == {name: SPECIFIED_BODY[name] for name in wanted}
    assert document["adaptations"] == []
    assert {
        (item["result"]["metadata"]["width"], item["result"]["metadata"]["height"]) for item in document["items"]
    } == {(256, 128)}


def test_what_a_request_leaves_out_is_decided_for_it(alice: Tenant) -> None:
    answer = alice.client.post("/api/media/generate", {"operation": "text-to-image", "prompt": "A lighthouse"})
    document = answer.json()
    assert answer.status_code == 202
    assert (document["provider"], document["model"]) == ("sim", "sim/standard")
    assert document["receipt"]["requested"] == {"provider": "auto"}
    assert (document["params"]["width"], document["params"]["height"]) == (1024, 1024)
    assert (document["params"]["quality"], document["batchSize"]) == ("standard", 1)
    assert document["projectId"] == str(alice.project.pk)
    assert isinstance(document["items"][0]["seed"], int)


def test_what_a_request_says_about_its_pictures_stands_in_the_asset(alice: Tenant) -> None:
    expires_at = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    more: dict[str, Any] = {
        "tags": ["hero", "dawn", "hero"],
        "altText": "A white tower by the sea",
        "expiresAt": expires_at.isoformat(),
        "metadata": {"page": "home", "slot_no": 3},
        "externalUserId": "customer-7",
        "seed": 77,
        "steps": 30,
        "cfgScale": 7.5,
        "sampler": "ddim",
        "stylePreset": "cinematic",
        "style": "vivid",
    }
    document = finished(alice, alice.ask(**more))
    asset = document["result"]["metadata"]
    assert (asset["tags"], asset["altText"], asset["metadata"]) == (["dawn", "hero"], more["altText"], more["metadata"])
    assert datetime.fromisoformat(asset["expiresAt"]) == expires_at
    assert document["externalUserId"] == "customer-7"
    assert asset["generationParams"]["seed"] == 77
    assert document["params"]["options"] == {
        "steps": 30, "cfgScale": 7.5, "sampler": "ddim", "stylePreset": "cinematic", "style": "vivid",
    }  # fmt: skip


def test_a_delivered_picture_is_in_the_usage_with_what_it_cost(alice: Tenant) -> None:
    document = finished(alice, alice.ask(externalUserId="customer-7"))
    row = MediaUsage.objects.get()
    assert (str(row.asset_id), str(row.job_id)) == (document["result"]["assetId"], document["id"])
    assert (str(row.cost), row.credits_used, row.model) == ("0.040000", 4, "sim/priced")
    assert row.external_user_id == GenerationJob.objects.get().external_user_id


def test_the_same_seed_and_prompt_make_the_same_picture_in_an_asset_of_its_own(alice: Tenant) -> None:
    first, second = (finished(alice, alice.ask(seed=5))["result"]["metadata"] for _ in range(2))
    assert first["sha256"] == second["sha256"]
    assert first["cdnUrl"] != second["cdnUrl"]


def test_a_job_keeps_the_addresses_of_an_asset_that_was_deleted(alice: Tenant) -> None:
    result = finished(alice, alice.ask())["result"]
    assert alice.client.delete(f"/api/media/assets/{result['assetId']}").status_code == 204
    assert not MediaAsset.objects.exists()
    (job,) = GenerationJob.objects.all()
    after = alice.show(job)
    assert after["result"] == {**{k: v for k, v in result.items() if k != "metadata"}, "metadata": None}
    assert MediaUsage.objects.get().credits_used == 4


@pytest.mark.parametrize("missing", ["operation", "prompt"])
def test_a_request_without_what_it_needs_is_refused_by_name(alice: Tenant, missing: str) -> None:
    body = {"operation": "text-to-image", "prompt": "A lighthouse", **SMALL}
    answer = alice.client.post("/api/media/generate", {name: body[name] for name in body if name != missing})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [missing]
    assert not GenerationJob.objects.exists()
