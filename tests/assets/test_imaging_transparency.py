"""A cut-out stays one: in the picture, its thumbnail and its preview, and it is not taken for a failure."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw

from assets.errors import BadPicture
from assets.imaging import webp
from assets.imaging.alpha_chunk import alpha_chunk, code_lengths
from assets.imaging.picture import PictureFacts, inspect_picture
from assets.imaging.webp import webp_of
from tests.assets.drawn import scenery, stored, written
from tests.assets.test_imaging_facts import difference

SIDE = 512
PRODUCT = (128, 128, 383, 383)


def cut_out(colour: str | Image.Image, box: tuple[int, int, int, int] = PRODUCT) -> Image.Image:
    """A product on nothing."""
    image, shape = Image.new("RGBA", (SIDE, SIDE)), Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(shape).ellipse(box, fill=255)
    image.paste(colour, mask=shape) if isinstance(colour, Image.Image) else image.paste(colour, (0, 0), shape)
    return image


def inspect(folder: Path, image: Image.Image, format: str = "PNG", size: int | None = None) -> PictureFacts:
    content = written(image, format, **({"lossless": True} if format == "WEBP" else {}))
    deliver = (size, size) if size else None
    return inspect_picture(stored(folder, content), folder=folder, expected=(SIDE, SIDE), deliver=deliver)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
@pytest.mark.parametrize("size", [None, 1024, 128])
def test_a_cut_out_keeps_its_outline(tmp_path: Path, format: str, size: int | None) -> None:
    facts = inspect(tmp_path, cut_out(scenery(SIDE, SIDE)), format, size)
    outline = cut_out("white").getchannel("A")
    assert facts.has_alpha
    for path in (facts.picture_path, facts.thumbnail_path):
        with Image.open(path) as made:
            assert made.mode == "RGBA"
            assert difference(made.getchannel("A"), outline.resize(made.size)) < 3
    # The bit that says "with transparency".
    assert base64.b64decode(facts.thumbhash)[2] & 0x80


@pytest.mark.parametrize("colour", ["white", "black", "#808080"])
@pytest.mark.parametrize("box", [PRODUCT, (0, 0, 511, 511), (250, 250, 262, 262)], ids=["usual", "large", "small"])
def test_a_product_of_one_colour_is_a_picture(tmp_path: Path, colour: str, box: tuple[int, int, int, int]) -> None:
    facts = inspect(tmp_path, cut_out(colour, box))
    assert facts.has_alpha
    # Where hardly anything is left of it, its colour is that of few levels.
    found, wanted = ImageColor.getrgb(facts.dominant_color), ImageColor.getrgb(colour)
    assert max(abs(one - other) for one, other in zip(found, wanted, strict=True)) < 4


@pytest.mark.parametrize("level", [0, 2])
def test_a_picture_of_which_nothing_is_left_is_blank(tmp_path: Path, level: int) -> None:
    image = scenery(SIDE, SIDE, mode="RGBA")
    image.putalpha(level)
    with pytest.raises(BadPicture) as caught:
        inspect(tmp_path, image)
    assert caught.value.code == "output_blank"


def test_a_large_cut_out_is_written_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    image = cut_out(scenery(SIDE, SIDE))
    usual = Image.open(io.BytesIO(webp_of(image, 82, size=(1500, 1111))))
    monkeypatch.setattr(webp, "LARGE_PIXELS", 1)
    large = Image.open(io.BytesIO(webp_of(image, 82, size=(1500, 1111))))
    assert (large.mode, large.size) == ("RGBA", usual.size)
    assert difference(large.getchannel("A"), usual.getchannel("A")) < 0.5
    grounds = [Image.new("RGBA", usual.size, colour) for colour in ("black", "white", "#00ff00")]
    for ground in grounds:
        assert difference(Image.alpha_composite(ground, large), Image.alpha_composite(ground, usual)) < 1.5


def planes() -> dict[str, np.ndarray[tuple[int, int], np.dtype[np.uint8]]]:
    random = np.random.default_rng(3)
    soft = Image.fromarray(random.integers(0, 256, (9, 9), np.uint8)).resize((1500, 1100), Image.Resampling.LANCZOS)
    return {
        "noise": random.integers(0, 256, (63, 97), np.uint8),
        "opaque": np.full((50, 40), 255, np.uint8),
        "nothing": np.zeros((5, 7), np.uint8),
        "one pixel": np.array([[7]], np.uint8),
        "one row": np.arange(200, dtype=np.uint8)[None, :],
        "one column": np.arange(200, dtype=np.uint8)[:, None],
        "long runs": np.repeat(random.integers(0, 256, (40, 3), np.uint8), 4999, axis=1),
        "several blocks": np.asarray(soft),
        "rare levels": random.geometric(0.5, (700, 800)).clip(0, 255).astype(np.uint8),
    }


@pytest.mark.parametrize("name", planes())
def test_libwebp_reads_every_level_that_was_written(name: str) -> None:
    levels = planes()[name]
    image = Image.new("RGBA", (levels.shape[1], levels.shape[0]), "red")
    image.putalpha(Image.fromarray(levels))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webp, "LARGE_PIXELS", 0)
        made = Image.open(io.BytesIO(webp_of(image, 80)))
    read = np.asarray(made.getchannel("A")) if made.mode == "RGBA" else np.full(levels.shape, 255)
    assert (read == levels).all()


def test_flat_transparency_takes_next_to_nothing() -> None:
    assert len(alpha_chunk(np.zeros((2048, 2048), np.uint8))) < 2000


def test_no_code_is_longer_than_the_format_has() -> None:
    # Each as frequent as the two before together: the deepest tree there is.
    counts = [1, 1]
    while len(counts) < 40:
        counts.append(counts[-1] + counts[-2])
    lengths = code_lengths(counts)
    assert max(lengths) <= 15
    assert sum(2.0**-length for length in lengths) == 1
