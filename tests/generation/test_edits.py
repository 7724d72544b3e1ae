"""One asset becomes another: every operation, from its request to the stored, charged result."""

import io
import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageChops

from assets.models import MediaAsset, MediaUpload
from assets.storage import find_public_file
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.resolution import retry_job
from providers.models import ProviderModel
from tests.factories import make_user
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant

SIDE = 128


def png(size: tuple[int, int] = (SIDE, SIDE), colour: Any = (200, 40, 40)) -> bytes:
    """A picture of one colour on a gradient, which is not blank."""
    made = Image.linear_gradient("L").resize(size).convert("RGB")
    made.paste(colour, (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    made.save(buffer, "PNG")
    return buffer.getvalue()


def half_mask(size: tuple[int, int] = (SIDE, SIDE)) -> bytes:
    """White, which is to be edited, in the left half; black in the right."""
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def file(content: bytes, name: str = "picture.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def ended(alice: Tenant, answer: Any) -> dict[str, Any]:
    """The accepted job at its end, which is a good one."""
    assert answer.status_code == 202, answer.json()
    document = alice.show(drive(answer.json()["id"]))
    assert document["status"] == "completed", document
    return document


def asset_of(document: dict[str, Any]) -> MediaAsset:
    return MediaAsset.objects.get(pk=document["result"]["assetId"])


def picture_of(asset: MediaAsset) -> Image.Image:
    path = find_public_file(asset.s3_key)
    assert path is not None
    with Image.open(path) as picture:
        picture.load()
        return picture


@pytest.fixture
def first(alice: Tenant) -> MediaAsset:
    """A picture made from text, to be worked on."""
    return asset_of(ended(alice, alice.ask(seed=7)))


def edit(alice: Tenant, path: str, body: dict[str, Any]) -> Any:
    return alice.client.post(path, {"provider": "sim", "model": "sim/priced", **body})


@pytest.mark.parametrize(
    ("path", "body", "size"),
    [
        ("variations", {"prompt": "At night", "strength": 0.5}, (SIDE, SIDE)),
        ("variations", {}, (SIDE, SIDE)),
        ("upscale", {"factor": 2}, (2 * SIDE, 2 * SIDE)),
        ("upscale", {"factor": 8}, (8 * SIDE, 8 * SIDE)),
        ("edits", {"prompt": "In snow"}, (SIDE, SIDE)),
        ("edits", {"prompt": "A red door", "search": "door"}, (SIDE, SIDE)),
        ("edits", {"left": 32, "down": 64}, (SIDE + 32, SIDE + 64)),
        ("edits", {"operation": "outpaint", "width": 256, "height": 192}, (256, 192)),
        ("edits", {"operation": "remove-background"}, (SIDE, SIDE)),
        ("edits", {"prompt": "Wide", "width": 96, "height": 64}, (96, 64)),
    ],
)
def test_an_asset_becomes_another_that_names_it_as_its_parent(
    alice: Tenant, first: MediaAsset, path: str, body: dict[str, Any], size: tuple[int, int]
) -> None:
    document = ended(alice, edit(alice, f"/api/media/assets/{first.pk}/{path}", body))
    made = asset_of(document)
    assert (made.width, made.height) == picture_of(made).size == size
    assert (made.parent_asset_id, made.version, first.version) == (first.pk, 2, 1)
    assert document["cost"]["creditsCharged"] == 4
    assert MediaAsset.objects.get(pk=first.pk).sha256 == first.sha256


def test_a_logo_may_be_enlarged_though_it_is_flat(alice: Tenant) -> None:
    logo = Image.new("RGB", (SIDE, SIDE), (20, 60, 160))
    logo.paste((255, 255, 255), (40, 56, 88, 72))
    buffer = io.BytesIO()
    logo.save(buffer, "PNG")
    body = {"provider": "sim", "operation": "upscale", "factor": "2", "image": file(buffer.getvalue())}
    document = ended(alice, alice.client.post("/api/media/generate", body, format="multipart"))
    assert asset_of(document).width == 2 * SIDE


def test_a_version_of_a_version_counts_on(alice: Tenant, first: MediaAsset) -> None:
    second = asset_of(ended(alice, edit(alice, f"/api/media/assets/{first.pk}/variations", {})))
    third = asset_of(ended(alice, edit(alice, f"/api/media/assets/{second.pk}/upscale", {"factor": 2})))
    assert (third.parent_asset_id, third.version) == (second.pk, 3)


def test_a_step_that_the_model_does_not_do_itself_stands_in_the_receipt(alice: Tenant, first: MediaAsset) -> None:
    document = ended(alice, edit(alice, f"/api/media/assets/{first.pk}/upscale", {"factor": 8}))
    assert document["receipt"]["steps"] == [
        {"operation": "upscale", "model": "sim/priced", "factor": 4},
        {"operation": "upscale", "model": "resample/lanczos", "factor": 2},
    ]


def test_resampling_is_chosen_by_name_and_costs_nothing(alice: Tenant, first: MediaAsset) -> None:
    body = {"provider": "resample", "model": "resample/lanczos", "factor": 4}
    document = ended(alice, edit(alice, f"/api/media/assets/{first.pk}/upscale", body))
    made = asset_of(document)
    assert (made.width, made.height) == (512, 512)
    assert document["cost"]["creditsCharged"] == 0
    assert [step["model"] for step in document["receipt"]["steps"]] == ["resample/lanczos"]


def test_only_what_the_mask_shows_changes(alice: Tenant, first: MediaAsset) -> None:
    answer = alice.client.post(
        "/api/media/generate",
        {
            "provider": "sim",
            "operation": "inpaint",
            "prompt": "A tree",
            "image": json.dumps({"assetId": str(first.pk)}),
            "mask": file(half_mask()),
        },
        format="multipart",
    )
    made, before = picture_of(asset_of(ended(alice, answer))).convert("RGB"), picture_of(first).convert("RGB")
    left, right = (0, 0, SIDE // 2 - 8, SIDE), (SIDE // 2 + 8, 0, SIDE, SIDE)
    changed = [ImageChops.difference(made.crop(box), before.crop(box)).convert("L") for box in (left, right)]
    means = [
        sum(index * count for index, count in enumerate(part.histogram())) / (part.width * part.height)
        for part in changed
    ]
    assert means[0] > 8 > 4 > means[1]


def test_pictures_come_as_files_in_one_multipart_request(alice: Tenant) -> None:
    answer = alice.client.post(
        "/api/media/generate",
        {
            "provider": "sim",
            "operation": "image-to-image",
            "prompt": "A harbour",
            "image[]": [file(png()), file(png(colour=(20, 200, 40)))],
            "styleReference": file(png((64, 64), (0, 0, 255))),
            "tags": ["sea", "boats"],
            "strength": "0.3",
        },
        format="multipart",
    )
    document = ended(alice, answer)
    assert [given["role"] for given in document["params"]["inputs"]] == ["image", "image", "style"]
    assert (document["params"]["strength"], document["tags"]) == (0.3, ["sea", "boats"])
    assert MediaUpload.objects.count() == 3


def test_the_same_multipart_request_with_the_same_key_is_one_job_and_one_upload(alice: Tenant) -> None:
    def ask(colour: Any) -> Any:
        body = {"provider": "sim", "operation": "upscale", "factor": "2", "image": file(png(colour=colour))}
        return alice.client.post("/api/media/generate", body, format="multipart", headers={"Idempotency-Key": "k"})

    first, again, other = ask((1, 2, 3)), ask((1, 2, 3)), ask((3, 2, 1))
    assert first.json()["id"] == again.json()["id"] and again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422 and other.json()["code"] == "idempotency_key_reused"
    assert (GenerationJob.objects.count(), MediaUpload.objects.count()) == (1, 1)


def wrong(alice: Tenant, body: dict[str, Any], *, multipart: bool = False) -> list[tuple[str, str]]:
    """Field and code of each complaint about a request that must leave nothing behind."""
    before = MediaUpload.objects.count()
    document = {"provider": "sim", "operation": "image-to-image", "prompt": "A boat", **body}
    answer = alice.client.post("/api/media/generate", document, format="multipart" if multipart else "json")
    assert answer.status_code == 422, answer.json()
    assert GenerationJob.objects.filter(operation="image-to-image").count() == 0
    assert MediaUpload.objects.count() == before
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_a_picture_that_is_not_there_is_named_by_its_field(alice: Tenant, first: MediaAsset) -> None:
    strangers = make_tenant()
    theirs = asset_of(ended(strangers, strangers.ask()))
    nobody = str(uuid.uuid4())
    assert wrong(alice, {"image": {"assetId": str(theirs.pk)}}) == [("image.assetId", "unknown")]
    assert wrong(alice, {"image": {"assetId": nobody}}) == [("image.assetId", "unknown")]
    assert wrong(alice, {"image": {"uploadId": nobody}}) == [("image.uploadId", "unknown")]
    images = [{"assetId": str(first.pk)}, {"assetId": nobody}]
    assert wrong(alice, {"images": images}) == [("images.1.assetId", "unknown")]


@pytest.mark.parametrize(
    "image", [{}, {"assetId": "x"}, {"url": ""}, {"path": "/etc/passwd"}, {"assetId": "a", "url": "b"}, "x", 7, None]
)
def test_what_names_no_picture_is_refused_by_its_field(alice: Tenant, image: Any) -> None:
    assert [field for field, _ in wrong(alice, {"image": image})] == ["image"]


def test_a_file_that_is_no_picture_is_refused_by_its_field(alice: Tenant) -> None:
    assert wrong(alice, {"image": file(b"<svg/>")}, multipart=True) == [("image", "upload_refused")]


def test_a_request_that_is_refused_after_its_files_came_keeps_none_of_them(alice: Tenant) -> None:
    both = {"image": file(png()), "mask": file(b"<svg/>"), "operation": "inpaint"}
    assert wrong(alice, both, multipart=True) == [("mask", "upload_refused")]
    strict = {"image": file(png()), "operation": "variation", "search": "door", "fit": "strict"}
    assert wrong(alice, strict, multipart=True) == [("search", "unsupported")]
    poor = make_tenant(credits=0)
    body = {"provider": "sim", "model": "sim/priced", "operation": "upscale", "factor": "2", "image": file(png())}
    assert poor.client.post("/api/media/generate", body, format="multipart").status_code == 402
    assert MediaUpload.objects.count() == 0


def test_an_address_inside_is_refused_by_its_field(alice: Tenant) -> None:
    found = wrong(alice, {"image": {"url": "https://169.254.169.254/latest/meta-data"}})
    assert [field for field, _ in found] == ["image"]


def test_image_and_images_together_are_ambiguous(alice: Tenant, first: MediaAsset) -> None:
    named = {"assetId": str(first.pk)}
    assert wrong(alice, {"image": named, "images": [named]}) == [("images", "ambiguous")]


def test_strangers_and_their_assets_do_not_meet(alice: Tenant, first: MediaAsset) -> None:
    answer = edit(make_tenant(), f"/api/media/assets/{first.pk}/upscale", {"factor": 2})
    assert answer.status_code == 404


def test_an_input_that_is_gone_when_its_turn_comes_fails_the_job_uncharged(alice: Tenant, first: MediaAsset) -> None:
    answer = edit(alice, f"/api/media/assets/{first.pk}/upscale", {"factor": 2})
    assert alice.client.delete(f"/api/media/assets/{first.pk}").status_code == 204
    document = alice.show(drive(answer.json()["id"]))
    assert (document["status"], document["cost"]["creditsCharged"]) == ("failed", 0)


def test_a_variation_is_a_repainting_where_the_model_has_no_word_for_it(alice: Tenant, first: MediaAsset) -> None:
    row = ProviderModel.objects.get(provider="sim", name="sim/priced")
    ProviderModel.objects.filter(pk=row.pk).update(operations=["text-to-image", "image-to-image"])
    document = ended(alice, edit(alice, f"/api/media/assets/{first.pk}/variations", {}))
    assert document["operation"] == "image-to-image"
    assert document["params"]["prompt"].startswith("A variation")


def test_a_failed_edit_is_run_again_on_the_same_pictures(alice: Tenant, first: MediaAsset) -> None:
    old = edit(alice, f"/api/media/assets/{first.pk}/upscale", {"factor": 2}).json()["id"]
    alice.cancel(GenerationJob.objects.get(pk=old))
    drive(old)
    new = retry_job(actor=make_user(), job_id=uuid.UUID(old))
    assert asset_of(alice.show(drive(new))).parent_asset_id == first.pk
