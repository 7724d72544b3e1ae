"""What the image step says of a sound picture, and what it writes."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from assets.imaging.picture import PictureFacts, inspect_picture
from tests.assets.drawn import scenery, stored, written


def inspect(folder: Path, content: bytes, **more: Any) -> PictureFacts:
    return inspect_picture(stored(folder, content), folder=folder, **{"expected": None, **more})


def difference(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    pixels = [np.asarray(image.convert("RGB"), np.float64) for image in (one, other)]
    return float(np.abs(pixels[0] - pixels[1]).mean())


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_facts_of_each_format(tmp_path: Path, format: str) -> None:
    image = scenery(640, 480)
    content = written(image, format)
    facts = inspect(tmp_path, content, expected=(640, 480))
    assert (facts.width, facts.height, facts.has_alpha) == (640, 480, False)
    assert (facts.format, facts.mime_type) == (format.lower(), f"image/{format.lower()}")
    assert (facts.original_sha256, facts.original_size) == (hashlib.sha256(content).hexdigest(), len(content))
    webp, thumbnail = facts.picture_path.read_bytes(), facts.thumbnail_path.read_bytes()
    assert (facts.picture_sha256, facts.picture_size) == (hashlib.sha256(webp).hexdigest(), len(webp))
    assert (facts.thumbnail_sha256, facts.thumbnail_size) == (hashlib.sha256(thumbnail).hexdigest(), len(thumbnail))
    with Image.open(facts.picture_path) as full, Image.open(facts.thumbnail_path) as small:
        assert (full.format, small.format, small.size) == ("WEBP", "WEBP", (256, 192))
        assert difference(full, image) < 6


def test_a_small_picture_is_its_own_thumbnail(tmp_path: Path) -> None:
    facts = inspect(tmp_path, written(scenery(100, 40)))
    with Image.open(facts.thumbnail_path) as thumbnail:
        assert thumbnail.size == (100, 40)


@pytest.mark.parametrize(("width", "height"), [(1, 300), (300, 1), (2, 3), (4000, 3)])
def test_extreme_shapes_are_taken(tmp_path: Path, width: int, height: int) -> None:
    facts = inspect(tmp_path, written(scenery(width, height)))
    assert (facts.width, facts.height) == (width, height)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_of_exif_is_applied_and_all_metadata_dropped(
    tmp_path: Path, format: str, orientation: int
) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    image = scenery(200, 120)
    upright = image.transpose(turns[orientation]) if orientation in turns else image
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = "Alice Secret"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    facts = inspect(tmp_path, written(image, format, exif=exif), expected=upright.size)
    for path in (facts.picture_path, facts.thumbnail_path):
        assert not {b"EXIF", b"XMP ", b"ICCP", b"VP8X"} & {path.read_bytes()[at : at + 4] for at in (12, 30, 38)}
        assert b"Secret" not in path.read_bytes()
        with Image.open(path) as kept:
            assert dict(kept.getexif()) == {}
            assert difference(kept, upright) < 6


def test_a_broken_exif_block_costs_nothing_but_itself(tmp_path: Path) -> None:
    content = written(scenery(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffgarbage")
    assert inspect(tmp_path, content).width == 320


def test_comments_and_text_are_dropped(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "a secret prompt")
    facts = inspect(tmp_path, written(scenery(), pnginfo=info))
    assert b"secret" not in facts.picture_path.read_bytes()


def test_a_profile_is_applied_and_dropped(tmp_path: Path) -> None:
    image = scenery()
    # A colour space of our own: sRGB with red and blue exchanged, in the profile and in the pixels.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    red, green, blue = image.split()
    exchanged = Image.merge("RGB", (blue, green, red))
    facts = inspect(tmp_path, written(exchanged, icc_profile=profile))
    with Image.open(facts.picture_path) as kept:
        assert "icc_profile" not in kept.info
        assert difference(kept, image) < 6 < difference(exchanged, image)


def test_a_profile_that_is_garbage_is_the_same_as_none(tmp_path: Path) -> None:
    facts = inspect(tmp_path, written(scenery(), icc_profile=b"garbage" * 40))
    with Image.open(facts.picture_path) as kept:
        assert difference(kept, scenery()) < 6


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb_or_rgba(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.asarray(scenery(mode="L")).astype(np.uint16) * 257)
    else:
        image = scenery(mode="RGBA" if mode in {"LA", "RGBA"} else "RGB").convert(mode)
    facts = inspect(tmp_path, written(image, "JPEG" if mode == "CMYK" else "PNG"))
    expected = scenery(mode="RGBA" if mode in {"LA", "RGBA"} else "RGB")
    with Image.open(facts.picture_path) as kept:
        assert kept.mode == ("RGBA" if facts.has_alpha else "RGB")
        if mode in {"L", "I;16"}:
            assert difference(kept, expected.convert("L")) < 6
    assert facts.has_alpha == (mode in {"LA", "RGBA"})


def test_an_alpha_channel_that_hides_nothing_is_left_out(tmp_path: Path) -> None:
    image = scenery(mode="RGBA")
    image.putalpha(255)
    assert not inspect(tmp_path, written(image)).has_alpha


def test_of_an_animation_the_first_frame_is_kept(tmp_path: Path) -> None:
    frames = [scenery(seed=seed) for seed in range(3)]
    facts = inspect(tmp_path, written(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    with Image.open(facts.picture_path) as kept:
        assert getattr(kept, "n_frames", 1) == 1
        assert difference(kept, frames[0]) < 6


def test_a_picture_larger_than_the_usual_room_is_given_more(tmp_path: Path) -> None:
    facts = inspect(tmp_path, written(scenery(4096, 4096), "JPEG"))
    assert (facts.width, facts.height) == (4096, 4096)


def test_the_dominant_colour_is_that_of_the_largest_even_region(tmp_path: Path) -> None:
    image = scenery(400, 400)
    image.paste((200, 40, 60), (0, 0, 400, 260))
    red, green, blue = bytes.fromhex(inspect(tmp_path, written(image)).dominant_color[1:])
    assert abs(red - 200) + abs(green - 40) + abs(blue - 60) < 16


def test_the_same_picture_gives_the_same_facts(tmp_path: Path) -> None:
    content = written(scenery())
    assert inspect(tmp_path, content) == inspect(tmp_path, content)


def test_quality_is_passed_to_the_encoder(tmp_path: Path) -> None:
    content = written(scenery(640, 480))
    assert inspect(tmp_path, content, quality=30).picture_size < inspect(tmp_path, content, quality=95).picture_size


def test_a_hash_that_is_known_is_not_computed_again(tmp_path: Path) -> None:
    assert inspect(tmp_path, written(scenery()), original_sha256="ab" * 32).original_sha256 == "ab" * 32


def test_eight_threads_at_once_each_get_the_facts_of_their_own_picture(tmp_path: Path) -> None:
    def facts_of(number: int) -> tuple[int, str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        facts = inspect(folder, written(scenery(100 + number, 80, seed=number)))
        return facts.width, hashlib.sha256(facts.picture_path.read_bytes()).hexdigest()

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(facts_of, range(16)))
    assert [width for width, _ in together] == list(range(100, 116))
    assert len({sha256 for _, sha256 in together}) == 16
