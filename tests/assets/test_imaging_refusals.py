"""Every kind of bad picture is refused by its own code, and the worker that asked lives on."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from assets.errors import BAD_PICTURE, BadPicture
from assets.imaging import picture
from assets.imaging.picture import PictureFacts, inspect_picture
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable
from tests.assets.drawn import flat_png, png_chunk, scenery, stored, written

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def inspect(
    folder: Path, content: bytes, expected: tuple[int, int] | None = None, picture_format: str = "webp"
) -> PictureFacts:
    return inspect_picture(stored(folder, content), folder=folder, expected=expected, picture_format=picture_format)


def refusal(folder: Path, content: bytes, expected: tuple[int, int] | None = None) -> BadPicture:
    with pytest.raises(BadPicture) as caught:
        inspect(folder, content, expected)
    # Whatever was refused, the next picture is served.
    assert inspect(folder, written(scenery())).width == 320
    return caught.value


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty"),
        (b"\x00\x01garbage" * 99, "this"),
        (b"<!doctype html><title>Sign in</title>", "markup"),
        (b'{"error": "quota"}', "JSON"),
        (SVG, "XML"),
        (SVG[21:], "an SVG"),
        (written(scenery(), "GIF"), "a GIF"),
        (written(scenery(), "TIFF"), "a TIFF"),
        (written(scenery(), "BMP"), "a BMP"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "RIFF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    ],
)
def test_what_is_no_jpeg_png_or_webp_is_not_an_image(tmp_path: Path, content: bytes, name: str) -> None:
    error = refusal(tmp_path, content)
    assert error.code == "output_not_an_image"
    assert name in error.detail


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.4, 0.7, 0.95])
def test_a_picture_that_ends_early_is_truncated(tmp_path: Path, format: str, share: float) -> None:
    whole = written(scenery(640, 480), format)
    error = refusal(tmp_path, whole[: max(12, int(len(whole) * share))])
    assert error.code == "output_truncated"


def test_a_progressive_jpeg_that_ends_early_is_truncated(tmp_path: Path) -> None:
    whole = written(scenery(640, 480), "JPEG", progressive=True)
    assert refusal(tmp_path, whole[: len(whole) * 3 // 4]).code == "output_truncated"


def test_a_damaged_picture_is_unreadable(tmp_path: Path) -> None:
    whole = bytearray(written(scenery()))
    place = whole.index(b"IDAT") + 8
    whole[place : place + 40] = b"\xff" * 40
    assert refusal(tmp_path, bytes(whole)).code == "output_unreadable"


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    assert refusal(tmp_path, flat_png(20_000, 20_000)).code == "output_bomb"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_header_that_lies_about_its_size_is_refused(tmp_path: Path, format: str) -> None:
    whole = bytearray(written(scenery(mode="RGBA") if format == "WEBP" else scenery(), format))
    if format == "PNG":
        header = struct.pack(">II", 65_536, 65_536) + bytes(whole[24:29])
        whole[8:33] = png_chunk(b"IHDR", header)
    elif format == "JPEG":
        place = whole.index(b"\xff\xc0") + 5
        whole[place : place + 4] = struct.pack(">HH", 65_500, 65_500)
    else:
        assert whole[12:16] == b"VP8X"
        whole[24:30] = (16_382).to_bytes(3, "little") * 2
    assert refusal(tmp_path, bytes(whole)).code in {"output_bomb", "output_unreadable", "output_truncated"}


def test_a_row_of_65536_pixels_is_too_large(tmp_path: Path) -> None:
    assert refusal(tmp_path, flat_png(65_536, 16)).code == "output_too_large"


def test_a_text_chunk_that_expands_without_end_is_a_bomb(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("story", "x" * 80_000_000, zip=True)
    assert refusal(tmp_path, written(scenery(), pnginfo=info)).code == "output_bomb"


def test_a_file_of_more_than_64_mib_is_not_even_opened(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(64 * 1_048_576 + 1)
    with pytest.raises(BadPicture) as caught:
        inspect_picture(large, folder=tmp_path, expected=None)
    assert caught.value.code == "output_too_large"


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (64, 64), "white"),
        Image.new("L", (64, 64), 17),
        Image.new("RGBA", (64, 64), (9, 99, 9, 0)),
        Image.fromarray((np.arange(64 * 64).reshape(64, 64) % 3 + 200).astype(np.uint8)),
        Image.new("RGB", (1, 1), "red"),
    ],
)
def test_one_colour_everywhere_is_blank(tmp_path: Path, image: Image.Image) -> None:
    assert refusal(tmp_path, written(image)).code == "output_blank"


def card(background: str) -> Image.Image:
    image = Image.new("RGB", (512, 512), background)
    ImageDraw.Draw(image).text((256, 256), "Image unavailable", fill="#777777", font_size=30, anchor="mm")
    return image


@pytest.mark.parametrize("background", ["#c8c8c8", "#e5e7eb", "#334155"])
def test_a_grey_card_with_a_line_of_text_is_a_placeholder(tmp_path: Path, background: str) -> None:
    assert refusal(tmp_path, written(card(background))).code == "output_placeholder"


def test_line_art_on_white_is_a_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).arc((90, 90, 420, 420), 20, 300, fill="black", width=6)
    assert inspect(tmp_path, written(image)).dominant_color == "#ffffff"


@pytest.mark.parametrize("kind", ["sha256", "thumbhash"])
def test_a_known_card_is_a_placeholder_however_it_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    content = written(scenery())
    facts = inspect(tmp_path, content)
    known = f"sha256:{facts.original_sha256}" if kind == "sha256" else f"thumbhash:{facts.thumbhash}"
    monkeypatch.setattr(picture, "known_placeholders", lambda: frozenset({known}))
    with pytest.raises(BadPicture) as caught:
        inspect(tmp_path, content)
    assert caught.value.code == "output_placeholder"


def test_a_known_card_is_known_again_after_it_was_packed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = f"thumbhash:{inspect(tmp_path, written(scenery())).thumbhash}"
    monkeypatch.setattr(picture, "known_placeholders", lambda: frozenset({known}))
    with pytest.raises(BadPicture, match="placeholder"):
        inspect(tmp_path, written(scenery(), "PNG", compress_level=1))


def test_another_size_than_asked_for_is_told_with_both_sizes(tmp_path: Path) -> None:
    error = refusal(tmp_path, written(scenery(512, 256)), expected=(512, 512))
    assert error.code == "output_wrong_size"
    assert "512x256" in error.message
    assert "512x512" in error.message


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_of_a_polyglot_only_the_picture_is_kept(tmp_path: Path, format: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("index.html", "<script>alert(1)</script>")
    facts = inspect(tmp_path, written(scenery(), format) + archive.getvalue() + b"<script>alert(2)</script>")
    for path in (facts.picture_path, facts.thumbnail_path):
        assert b"script" not in path.read_bytes()
        assert not zipfile.is_zipfile(path)


@pytest.mark.parametrize("reason", ["memory", "cpu", "wall", "crash", "error"])
def test_a_picture_that_breaks_its_child_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    def broken(*arguments: object, **limits: object) -> dict[str, object]:
        raise BoundedFailure(reason, "as scripted")  # type: ignore[arg-type]

    monkeypatch.setattr(picture, "run_bounded", broken)
    with pytest.raises(BadPicture) as caught:
        inspect(tmp_path, written(scenery()))
    assert caught.value.code in BAD_PICTURE


def test_a_child_that_cannot_be_had_says_nothing_about_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*arguments: object, **limits: object) -> dict[str, object]:
        raise BoundedUnavailable("crash", "as scripted")

    monkeypatch.setattr(picture, "run_bounded", unavailable)
    with pytest.raises(BoundedUnavailable):
        inspect(tmp_path, written(scenery()))


@pytest.mark.parametrize("picture_format", ["webp", "avif", "jpeg", "png"])
def test_a_full_disk_says_nothing_about_the_picture(tmp_path: Path, picture_format: str) -> None:
    (tmp_path / "picture").symlink_to("/dev/full")
    with pytest.raises(BoundedUnavailable):
        inspect(tmp_path, written(scenery()), picture_format=picture_format)


def test_the_list_of_known_cards_holds_fingerprints_with_their_origin() -> None:
    for fingerprint in picture.known_placeholders():
        kind, _, value = fingerprint.partition(":")
        assert (kind, len(value)) in {("sha256", 64), ("thumbhash", 32), ("thumbhash", 28)}
