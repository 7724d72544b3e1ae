"""The image step as the engine calls it: untrusted file in, facts, the picture and its thumbnail out."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.errors import BadPicture
from assets.imaging.bounds import LARGE_PIXELS
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable, run_bounded

INPUT_BYTES = 64 * 1_048_576
# Room for 2048x2048 is reserved at first; a larger picture says so and is taken again with its true need.
USUAL_PIXELS = 4_250_000
PIXEL_LIMIT = 68_000_000
# Measured on noise, the worst there is: the pixels that are decoded and their conversions, and those that are written
# with the encoder's planes, of which transparency needs most (docs/images.md).
_BYTES_PER_PIXEL_READ = 12
_BYTES_PER_PIXEL_WRITTEN = 40
_BYTES_PER_PIXEL_WRITTEN_LARGE = 11
_BASE_BYTES = 96 * 1_048_576
_THREE_PLACES = Decimal("0.001")
MIME_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif"}
_FAILURES = {
    "memory": ("output_bomb", "decoding it takes more memory than a picture of its size may"),
    "cpu": ("output_bomb", "decoding it takes more time than a picture of its size may"),
    "wall": ("output_bomb", "decoding it takes more time than a picture of its size may"),
    "crash": ("output_unreadable", "it makes the decoder fail"),
    "error": ("output_unreadable", "it makes the decoder fail"),
}


@dataclass(frozen=True)
class PictureFacts:
    """What a sound picture is, and the two files made of it. `format` and `mime_type` are what came."""

    width: int
    height: int
    format: str
    mime_type: str
    has_alpha: bool
    original_sha256: str
    original_size: int
    # The picture that was written: png, jpeg, webp or avif.
    picture_format: str
    picture_path: Path
    picture_sha256: str
    picture_size: int
    thumbnail_path: Path
    thumbnail_sha256: str
    thumbnail_size: int
    thumbhash: str
    dominant_color: str
    perceptual_hash: str = ""
    # Whether what was transparent lies on white, because the format has no transparency.
    flattened: bool = False
    # The parts of its quality by name, 0-1; only those that could be judged.
    quality: Mapping[str, Any] = field(default_factory=dict)
    # A picture is as good as the worst of its parts; None where nothing was judged.
    quality_score: Decimal | None = None


def inspect_picture(
    original: Path,
    *,
    folder: Path,
    expected: tuple[int, int] | None,
    by_shape: bool = False,
    may_be_flat: bool = False,
    transparent: bool = False,
    judge_blur: bool = False,
    deliver: tuple[int, int] | None = None,
    picture_format: str = "webp",
    quality: int = 82,
    original_sha256: str | None = None,
) -> PictureFacts:
    """Decode, judge and encode one picture in a bounded child.

    Raises `BadPicture`, or `BoundedUnavailable` where the host is in trouble and nothing is known of the picture.
    The picture and `thumbnail.webp` are written into `folder`; after a refusal they are worth nothing. The picture is
    written as `picture_format` with `quality` (0-100) of its encoder, or as WebP where its size cannot be had so.
    Whoever fetched the file knows its hash already and saves the child the work by giving it.

    The picture must have the size `expected`, `by_shape` only its shape. What is written has the size `deliver`, if one
    is given: cropped around the centre, then scaled. The facts are those of the picture that is written.
    `may_be_flat`: made of another picture, which may have been a logo; it is then no placeholder for being one.
    `transparent`: a transparent background was asked for, so that a wholly opaque picture is none of what was wanted.
    `judge_blur`: a picture that is blurred all over was not wanted; its part of the quality says how sharp it is.
    """
    _refuse_size(original.stat().st_size)
    picture, thumbnail = folder / "picture", folder / "thumbnail.webp"
    pixels = min(max(USUAL_PIXELS, expected[0] * expected[1] if expected else 0), PIXEL_LIMIT)
    # Where the sizes differ, both pictures are held at once.
    more = deliver[0] * deliver[1] if deliver is not None and (by_shape or deliver != expected) else 0
    arguments = {
        "expected": expected,
        "by_shape": by_shape,
        "may_be_flat": may_be_flat,
        "transparent": transparent,
        "judge_blur": judge_blur,
        "deliver": deliver,
        "format": picture_format,
        "quality": quality,
        "placeholders": sorted(known_placeholders()),
        "original_sha256": original_sha256,
    }
    answer = _inspect(arguments, original, [picture, thumbnail], pixels, more)
    if "pixels" in answer:
        answer = _inspect(arguments, original, [picture, thumbnail], answer["pixels"], more)
    return _facts(answer, picture, thumbnail)


def _refuse_size(size_bytes: int) -> None:
    if size_bytes == 0:
        raise BadPicture("output_not_an_image", "the file is empty")
    if size_bytes > INPUT_BYTES:
        raise BadPicture("output_too_large", f"{size_bytes} bytes are more than {INPUT_BYTES}")


def _facts(answer: dict[str, Any], picture: Path, thumbnail: Path) -> PictureFacts:
    if "refused" in answer:
        raise BadPicture(answer["refused"], answer["detail"])
    score = Decimal(str(min(answer["quality"].values())))
    return PictureFacts(
        mime_type=MIME_TYPES[answer["format"]],
        picture_path=picture,
        thumbnail_path=thumbnail,
        quality_score=score.quantize(_THREE_PLACES),
        **answer,
    )


def _inspect(arguments: dict[str, Any], original: Path, outputs: list[Path], pixels: int, more: int) -> dict[str, Any]:
    try:
        return run_with_room("assets.imaging.inspection:inspect", arguments, original, outputs, pixels, more)
    except BoundedUnavailable:
        raise
    except BoundedFailure as failure:
        code, detail = _FAILURES[failure.reason]
        raise BadPicture(code, detail) from failure


def run_with_room(
    target: str, arguments: dict[str, Any], original: Path, outputs: list[Path], pixels: int, more: int
) -> dict[str, Any]:
    """Run `target` in a child with room for a picture of `pixels`, and for one of `more` pixels that is made of it.

    Raises what `run_bounded` does.
    """
    total = pixels + more
    written = more or pixels
    per_pixel = _BYTES_PER_PIXEL_WRITTEN if written <= LARGE_PIXELS else _BYTES_PER_PIXEL_WRITTEN_LARGE
    megapixels = -(-total // 1_000_000)
    return run_bounded(
        target,
        {**arguments, "pixels_allowed": pixels},
        inputs=[original],
        outputs=outputs,
        memory_bytes=_BASE_BYTES + _BYTES_PER_PIXEL_READ * pixels + per_pixel * written,
        # AVIF takes the longest, about a second for a megapixel of noise.
        cpu_s=5 + megapixels * (2 if arguments.get("format") == "avif" else 1),
        wall_s=20.0 + 3 * megapixels,
        pixels=max(pixels, written),
    )


@functools.cache
def known_placeholders() -> frozenset[str]:
    """Fingerprints of the cards vendors send instead of a picture, from known_placeholders.txt."""
    lines = (Path(__file__).with_name("known_placeholders.txt")).read_text().splitlines()
    return frozenset(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))
