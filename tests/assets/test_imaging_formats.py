"""A delivered picture in the format a client asks for, made in a bounded child from its original."""

import hashlib
import io
import uuid
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from assets.errors import BadPicture, StoredObjectMissing
from assets.imaging.formats import picture_as, preview_as
from assets.keys import preview_key
from assets.models import MediaAsset
from assets.storage import store_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> None:
    settings.PRIVATE_STORAGE_DIR = tmp_path / "private"
    settings.MEDIA_STORAGE_DIR = tmp_path / "media"


def stored(tmp_path: Path, content: bytes) -> str:
    """The private key of the bytes."""
    path = tmp_path / "original"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    key = preview_key(job_id=uuid.uuid4(), attempt_id=uuid.uuid4(), number=0, sha256=sha256)
    store_file(path, key, private=True, sha256=sha256)
    return key


def written(kind: str, size: tuple[int, int] = (96, 64), *, mode: str = "RGB") -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new(mode, size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    into = io.BytesIO()
    image.save(into, kind)
    return into.getvalue()


def asset(key: str, mime_type: str, size: tuple[int, int] = (96, 64)) -> MediaAsset:
    """An asset of that original."""
    return MediaAsset(original_key=key, original_mime_type=mime_type, width=size[0], height=size[1])


def read(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize(("kind", "name"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
@pytest.mark.parametrize("given", ["PNG", "JPEG", "WEBP"])
def test_each_format_is_made_of_each(tmp_path: Path, given: str, kind: str, name: str) -> None:
    original = asset(stored(tmp_path, written(given)), f"image/{given.lower()}")
    picture = read(picture_as(original, kind))
    assert (picture.format, picture.size) == (name, (96, 64))
    assert picture.convert("RGB").getpixel((80, 32))[2] > 200  # type: ignore[index]


def test_the_originals_own_bytes_serve_where_they_will_do(tmp_path: Path) -> None:
    content = written("PNG")
    original = asset(stored(tmp_path, content), "image/png")
    assert picture_as(original, "png", as_it_came=True) == content
    assert picture_as(original, "png", as_it_came=False) != content


def test_an_original_that_was_drawn_larger_comes_in_the_delivered_size(tmp_path: Path) -> None:
    original = asset(stored(tmp_path, written("PNG", (300, 100))), "image/png", (50, 50))
    picture = read(picture_as(original, "png"))
    assert picture.size == (50, 50)
    # The middle of it: red on the left, blue on the right.
    assert picture.getpixel((5, 25)) == (255, 0, 0) and picture.getpixel((45, 25)) == (0, 0, 255)


def test_a_lower_quality_is_fewer_bytes(tmp_path: Path) -> None:
    noise = io.BytesIO()
    Image.effect_noise((256, 256), 80).convert("RGB").save(noise, "PNG")
    original = asset(stored(tmp_path, noise.getvalue()), "image/png", (256, 256))
    for kind in ("jpeg", "webp"):
        sizes = [len(picture_as(original, kind, quality=quality)) for quality in (0, 50, 100)]
        assert sizes == sorted(sizes) and sizes[0] < sizes[2] / 3


def test_transparency_is_kept_where_the_format_has_it_and_white_where_it_has_not(tmp_path: Path) -> None:
    original = asset(stored(tmp_path, written("PNG", mode="RGBA")), "image/png")
    assert read(picture_as(original, "png")).mode == "RGBA"
    assert read(picture_as(original, "webp")).mode == "RGBA"
    top_left = read(picture_as(original, "jpeg")).getpixel((2, 0))
    assert isinstance(top_left, tuple) and min(top_left) > 240


def test_a_preview_comes_in_the_size_of_its_picture(tmp_path: Path) -> None:
    key = stored(tmp_path, written("PNG", (64, 64)))
    assert read(preview_as(key, "jpeg", size=(128, 128))).size == (128, 128)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPicture):
        preview_as(stored(tmp_path, b"<html>"), "png", size=(64, 64))


def test_a_missing_original_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoredObjectMissing):
        picture_as(asset("", "image/png"), "png")
    with pytest.raises(StoredObjectMissing):
        picture_as(asset(f"originals/{uuid.uuid4()}/{uuid.uuid4()}/0-a.png", "image/png"), "png")
