"""The formats in which a picture is delivered: what is written, what of it is kept, and what the facts say of it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assets.imaging.picture import PictureFacts, inspect_picture
from assets.imaging.webp import webp_of
from tests.assets.drawn import scenery, stored, written

FORMATS = ["png", "jpeg", "webp", "avif"]


def inspect(folder: Path, content: bytes, **more: Any) -> PictureFacts:
    """The facts of a picture that may have any size."""
    return inspect_picture(stored(folder, content), folder=folder, **{"expected": None, **more})


def half_clear() -> Image.Image:
    """A picture whose left half cannot be seen."""
    image = scenery(200, 100).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 255))
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    return image


def test_the_usual_picture_is_webp_of_quality_82_to_the_byte(tmp_path: Path) -> None:
    image = scenery(320, 240)
    facts = inspect(tmp_path, written(image))
    assert facts.picture_path.read_bytes() == bytes(webp_of(image, 82))
    assert (facts.picture_format, facts.flattened) == ("webp", False)


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_written_whole_and_its_thumbnail_is_webp(tmp_path: Path, kind: str) -> None:
    image = scenery(320, 240)
    facts = inspect(tmp_path, written(image), picture_format=kind, deliver=(160, 160))
    content = facts.picture_path.read_bytes()
    assert (facts.picture_sha256, facts.picture_size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (facts.picture_format, facts.format, facts.mime_type) == (kind, "png", "image/png")
    with Image.open(facts.picture_path) as made, Image.open(facts.thumbnail_path) as small:
        assert (made.format, made.size, small.format) == (kind.upper(), (160, 160), "WEBP")


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_quality_is_the_pictures_alone(tmp_path: Path, kind: str) -> None:
    content = written(scenery(320, 240))
    poor, good = (inspect(tmp_path, content, picture_format=kind, quality=quality) for quality in (0, 95))
    assert poor.picture_size < good.picture_size
    assert poor.thumbnail_sha256 == good.thumbnail_sha256


def test_a_png_is_the_picture_pixel_by_pixel(tmp_path: Path) -> None:
    image = scenery(120, 80)
    facts = inspect(tmp_path, written(image), picture_format="png", quality=0)
    with Image.open(facts.picture_path) as made:
        assert made.tobytes() == image.tobytes()


@pytest.mark.parametrize("kind", ["png", "webp", "avif"])
def test_transparency_is_kept_where_the_format_has_it(tmp_path: Path, kind: str) -> None:
    facts = inspect(tmp_path, written(half_clear()), picture_format=kind)
    assert (facts.has_alpha, facts.flattened) == (True, False)
    with Image.open(facts.picture_path) as made:
        alpha = np.asarray(made.convert("RGBA"))[..., 3]
    assert alpha[:, :90].max() < 8 and alpha[:, 110:].min() > 247


def test_a_jpeg_lies_on_white_and_so_does_its_thumbnail(tmp_path: Path) -> None:
    content = written(half_clear())
    clear = inspect(tmp_path, content, deliver=(100, 50))
    facts = inspect(tmp_path, content, picture_format="jpeg", deliver=(100, 50))
    assert facts.flattened
    assert facts.thumbhash != clear.thumbhash
    with Image.open(facts.picture_path) as made, Image.open(facts.thumbnail_path) as small:
        assert (made.mode, small.mode) == ("RGB", "RGB")
        assert np.asarray(made)[:, :40].min() > 240


def test_what_is_too_long_for_avif_is_webp(tmp_path: Path) -> None:
    content = written(scenery(2561, 40))
    assert inspect(tmp_path, content, picture_format="avif").picture_format == "webp"
    assert inspect(tmp_path, content, picture_format="avif", deliver=(2560, 40)).picture_format == "avif"


def test_an_avif_of_noise_which_is_the_worst_there_is_stays_within_its_bounds(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (700, 700, 4), np.uint8)
    content = written(Image.fromarray(noise, "RGBA"), "PNG", compress_level=0)
    facts = inspect(tmp_path, content, picture_format="avif", quality=100)
    assert (facts.picture_format, facts.width) == ("avif", 700)
