"""Masks from whatever says where to edit, in the words of the model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from assets.errors import BadInput
from assets.imaging.preparation import PreparedInput
from tests.assets.drawn import written
from tests.assets.test_imaging_preparation import pixels, prepared

SIZE = (96, 64)
BOX = (24, 16, 71, 47)


def painted(mode: str, ground: Any, mark: Any, size: tuple[int, int] = SIZE) -> Image.Image:
    """A ground with a rectangle of another colour, at the same place whatever the size."""
    image, scale = Image.new(mode, size, ground), size[0] / SIZE[0]
    ImageDraw.Draw(image).rectangle(tuple(side * scale for side in BOX), fill=mark)
    return image


def palette() -> Image.Image:
    image = painted("P", 0, 1)
    image.putpalette([0, 0, 0, 255, 255, 255])
    return image


MASKS: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "grey": (painted("L", 0, 255), {}),
    "one bit": (painted("1", 0, 1), {}),
    "colour": (painted("RGB", "black", "white"), {}),
    "palette": (palette(), {}),
    "sixteen bits": (Image.fromarray(np.asarray(painted("L", 0, 255)).astype(np.uint16) * 257), {}),
    "a hole": (painted("RGBA", (9, 200, 9, 255), (0, 0, 0, 0)), {}),
    "a grey hole": (painted("LA", (0, 255), (255, 0)), {}),
    "palette with a hole": (palette(), {"transparency": 1}),
}


def edited(one: PreparedInput) -> NDArray[np.bool_]:
    """Where the mask as it is sent says to edit, and that it says so clearly elsewhere."""
    levels = np.asarray(pixels(one).getchannel("A" if one.has_alpha else 0))
    assert set(np.unique(levels)) <= {0, 255}
    made: NDArray[np.bool_] = (levels == 0) if one.has_alpha else (levels == 255)
    return made


def expected() -> NDArray[np.bool_]:
    return np.asarray(painted("1", 0, 1))


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("edits", ["white", "transparent"])
def test_every_kind_of_mask_becomes_what_the_model_takes(tmp_path: Path, name: str, edits: str) -> None:
    image, options = MASKS[name]
    one = prepared(tmp_path, written(image, **options), "mask", size=SIZE, edits=edits)
    assert (one.mime_type, pixels(one).mode) == ("image/png", "L" if edits == "white" else "RGBA")
    assert (edited(one) == expected()).all()


def test_the_client_says_which_part_of_the_mask_counts(tmp_path: Path) -> None:
    strokes = painted("RGBA", (0, 0, 0, 0), (255, 255, 255, 255))
    white = prepared(tmp_path, written(strokes), "mask", size=SIZE, mask_mode="white")
    assert (edited(white) == expected()).all()
    hole = prepared(tmp_path, written(strokes), "mask", size=SIZE, mask_mode="transparent")
    assert (edited(hole) == ~expected()).all()


def test_a_veil_is_no_hole(tmp_path: Path) -> None:
    image = painted("RGB", "black", "white").convert("RGBA")
    image.putalpha(painted("L", 255, 240))
    assert (edited(prepared(tmp_path, written(image), "mask", size=SIZE)) == expected()).all()


def test_noise_of_compression_is_neither_edited_nor_kept_by_half(tmp_path: Path) -> None:
    image = painted("L", 6, 246)
    for edits in ("white", "transparent"):
        one = prepared(tmp_path, written(image), "mask", size=SIZE, edits=edits)
        assert (edited(one) == expected()).all()


@pytest.mark.parametrize("scale", [0.5, 4])
def test_a_mask_is_scaled_with_its_picture_and_keeps_soft_edges(tmp_path: Path, scale: float) -> None:
    size = round(SIZE[0] * scale), round(SIZE[1] * scale)
    one = prepared(tmp_path, written(painted("L", 0, 255)), "mask", size=size, image_shape=SIZE)
    levels = np.asarray(pixels(one), np.int64)
    wanted = np.asarray(painted("L", 0, 255, size), np.int64)
    soft = (levels > 0) & (levels < 255)
    assert levels.shape == (size[1], size[0])
    assert 0 < soft.mean() < 0.2
    assert (levels[~soft] == wanted[~soft]).mean() > 0.99


def test_a_mask_that_is_an_asset_is_cut_as_it_was_delivered(tmp_path: Path) -> None:
    drawn = Image.new("L", (128, 64))
    drawn.paste(painted("L", 0, 255), (16, 0))
    one = prepared(tmp_path, written(drawn), "mask", shape=SIZE, size=SIZE)
    assert (edited(one) == expected()).all()


def test_one_pixel_of_rounding_is_no_other_shape(tmp_path: Path) -> None:
    mask = written(painted("L", 0, 255, (512, 342)))
    one = prepared(tmp_path, mask, "mask", size=(1024, 688), image_shape=(1024, 683))
    assert (one.width, one.height) == (1024, 688)


@pytest.mark.parametrize(
    ("mask", "more", "reason", "words"),
    [
        (painted("L", 0, 255, (96, 96)), {}, "mask_shape", "96x96"),
        (painted("L", 0, 255, (96, 66)), {}, "mask_shape", "96x64"),
        (Image.new("L", SIZE), {}, "mask_empty", "no pixel"),
        (Image.new("L", SIZE, 127), {}, "mask_empty", "no pixel"),
        (painted("L", 0, 255), {"mask_mode": "transparent"}, "mask_empty", "transparent"),
        (painted("RGBA", (0, 0, 0, 255), (0, 0, 0, 200)), {"mask_mode": "transparent"}, "mask_empty", "no pixel"),
    ],
)
def test_a_mask_that_cannot_be_meant_is_refused(
    tmp_path: Path, mask: Image.Image, more: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        prepared(tmp_path, written(mask), "mask", size=SIZE, **more)
    (error,) = caught.value.errors
    assert (error.field, error.code, caught.value.code) == ("mask", reason, "input_unusable")


def test_a_dot_that_vanishes_where_the_picture_is_sent_smaller_is_told(tmp_path: Path) -> None:
    dot = Image.new("L", (960, 640))
    dot.putpixel((480, 320), 255)
    with pytest.raises(BadInput, match="96x64"):
        prepared(tmp_path, written(dot), "mask", size=SIZE, image_shape=(960, 640))
    whole = prepared(tmp_path, written(dot), "mask", size=(960, 640))
    assert edited(whole).sum() == 1
