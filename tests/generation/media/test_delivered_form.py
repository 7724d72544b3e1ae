"""The file of a picture: its format and compression, by request or by settings, down to its address."""

import io
from typing import Any

import pytest
from PIL import Image

from assets.imaging import bounds
from assets.models import MediaAsset
from assets.storage import find_public_file, private_path
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import GenerationJob, MediaSettings
from gencraft_media.generation.resolution import retry_job
from tests.factories import make_super_admin
from tests.generation.driving import drive
from tests.generation.tenants import Tenant

FORMATS = [("png", "PNG", "png"), ("jpeg", "JPEG", "jpg"), ("webp", "WEBP", "webp"), ("avif", "AVIF", "avif")]
WHITE = {"field": "background", "requested": "transparent", "used": "white"}


def put(**values: Any) -> None:
    """Settings of everybody, in force at once."""
    change_settings(MediaSettings, values)


def stored(key: str) -> bytes:
    """The bytes behind a public address."""
    path = find_public_file(key)
    assert path is not None
    return path.read_bytes()


def only_asset() -> MediaAsset:
    """The one picture."""
    return MediaAsset.objects.get()


@pytest.mark.parametrize(("asked", "name", "extension"), FORMATS)
@pytest.mark.parametrize("by_request", [True, False])
def test_a_picture_is_what_was_asked_for_in_type_name_address_and_bytes(
    alice: Tenant, asked: str, name: str, extension: str, by_request: bool
) -> None:
    if not by_request:
        put(format=asked)
    job = drive(alice.start(**({"format": asked} if by_request else {})))
    asset = only_asset()
    result = alice.show(job)["result"]
    assert (asset.mime_type, result["metadata"]["mimeType"]) == (f"image/{asked}", f"image/{asked}")
    assert asset.filename.endswith(f".{extension}")
    assert result["cdnUrl"].endswith(f"{asset.pk}.{extension}")
    with Image.open(io.BytesIO(stored(asset.s3_key))) as picture:
        assert (picture.format, picture.size) == (name, (128, 128))
    assert result["thumbnailUrl"].endswith(f"{asset.pk}_thumb.webp")
    assert stored(asset.thumbnail_key)[8:12] == b"WEBP"
    served = alice.client.get(f"/{asset.s3_key}")
    assert (served.status_code, served["Content-Type"]) == (200, f"image/{asked}")
    assert alice.show(job)["format"] == asked
    assert alice.show(job)["adaptations"] == []


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_compression_is_the_requests_before_the_settings(alice: Tenant, kind: str) -> None:
    put(format=kind, compression=90)
    said: list[dict[str, Any]] = [{}, {"compression": 20}, {"compression": 0}]
    jobs = [drive(alice.start(width=256, height=256, seed=5, **fields)) for fields in said]
    sizes = [MediaAsset.objects.get(job_id=job.pk).size for job in jobs]
    assert sizes[0] > sizes[1] > sizes[2]
    assert list(GenerationJob.objects.order_by("created_at").values_list("compression", flat=True)) == [90, 20, 0]


def test_a_png_loses_nothing_whatever_the_compression(alice: Tenant) -> None:
    drive(alice.start(format="png", compression=0))
    asset = only_asset()
    with private_path(asset.original_key) as path, Image.open(path) as came:
        expected = came.convert("RGB").tobytes()
    with Image.open(io.BytesIO(stored(asset.s3_key))) as picture:
        assert picture.convert("RGB").tobytes() == expected


@pytest.mark.parametrize(
    "fields", [{"format": "gif"}, {"format": "WEBP"}, {"compression": 101}, {"compression": -1}, {"compression": "x"}]
)
def test_other_formats_and_compressions_are_refused_by_name(alice: Tenant, fields: dict[str, Any]) -> None:
    answer = alice.ask(**fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(fields)


def test_a_form_sent_as_multipart_says_it_too(alice: Tenant) -> None:
    body = {"operation": "text-to-image", "prompt": "A lighthouse", "width": "128", "height": "128"}
    body |= {"model": "sim/priced", "format": "jpeg", "compression": "40"}
    answer = alice.client.post("/api/media/generate", body, format="multipart")
    assert (answer.json()["format"], answer.json()["compression"]) == ("jpeg", 40)


def cut_out(tenant: Tenant, **fields: Any) -> Any:
    """The request that takes the background of a picture away."""
    asset_id = tenant.show(drive(tenant.start()))["result"]["assetId"]
    body = {"provider": "sim", "operation": "remove-background", **fields}
    return tenant.client.post(f"/api/media/assets/{asset_id}/edits", body)


def test_transparency_is_white_in_a_jpeg_and_that_is_said(alice: Tenant) -> None:
    job = drive(cut_out(alice, format="jpeg").json()["id"])
    (change,) = job.adaptations
    assert {name: change[name] for name in WHITE} == WHITE
    asset = MediaAsset.objects.get(job_id=job.pk)
    with Image.open(io.BytesIO(stored(asset.s3_key))) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        corner = picture.getpixel((0, 0))
        assert isinstance(corner, tuple) and min(corner) > 250
    with Image.open(io.BytesIO(stored(asset.thumbnail_key))) as small:
        assert small.mode == "RGB"


def test_under_strict_a_jpeg_of_what_is_transparent_is_refused(alice: Tenant) -> None:
    answer = cut_out(alice, format="jpeg", fit="strict")
    assert (answer.status_code, answer.json()["code"]) == (422, "option_unsupported")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["nearest"]) == ("format", "webp")


@pytest.mark.parametrize("fit", ["adapt", "strict"])
def test_jpeg_by_settings_gives_way_to_transparency(alice: Tenant, fit: str) -> None:
    put(format="jpeg")
    job = drive(cut_out(alice, fit=fit).json()["id"])
    assert (job.picture_format, job.adaptations) == ("webp", [])
    with Image.open(io.BytesIO(stored(MediaAsset.objects.get(job_id=job.pk).s3_key))) as picture:
        assert (picture.format, picture.mode) == ("WEBP", "RGBA")


def test_transparency_that_nobody_asked_for_is_told_once_it_is_seen(alice: Tenant) -> None:
    source = MediaAsset.objects.get(job_id=drive(cut_out(alice).json()["id"]).pk)
    # A picture with transparency that is only enlarged keeps it.
    body = {"provider": "resample", "factor": 2, "format": "jpeg"}
    answer = alice.client.post(f"/api/media/assets/{source.pk}/upscale", body)
    assert answer.json()["adaptations"] == []
    job = drive(answer.json()["id"])
    assert [change["used"] for change in job.adaptations] == ["white"]
    assert MediaAsset.objects.get(job_id=job.pk).mime_type == "image/jpeg"


def test_a_picture_too_large_for_avif_is_webp_and_that_is_said(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "AVIF_SIDE", 100)
    job = drive(alice.start(format="avif"))
    (change,) = job.adaptations
    assert (change["field"], change["requested"], change["used"]) == ("format", "avif", "webp")
    assert only_asset().mime_type == "image/webp"
    assert alice.ask(format="avif", fit="strict").json()["errors"][0]["field"] == "format"
    put(format="avif")
    assert alice.start().adaptations == []


def test_a_job_run_again_is_delivered_in_the_same_form(alice: Tenant) -> None:
    job = alice.start(format="png", compression=7)
    alice.cancel(job)
    again = retry_job(actor=make_super_admin(), job_id=job.pk)
    assert (again.picture_format, again.compression) == ("png", 7)


def test_what_is_asked_of_the_provider_does_not_depend_on_it(alice: Tenant) -> None:
    assert alice.start(seed=1).params == alice.start(seed=1, format="jpeg", compression=3).params
