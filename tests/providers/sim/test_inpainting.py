"""inpaint: what the mask has white is another picture, every other pixel the same to the bit."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tests.providers.sim.children import drawn
from tests.providers.sim.samples import SIZE, mask, picture, pixels_of

BOX = (20, 10, 90, 60)


def changed(result: Image.Image, original: Image.Image) -> NDArray[np.int16]:
    """How far each pixel is from what it was."""
    difference: NDArray[np.int16] = np.abs(pixels_of(result) - pixels_of(original)).max(axis=2)
    return difference


class TestAMask:
    def test_leaves_every_pixel_outside_of_it_as_it_was(self, tmp_path: Path) -> None:
        for prompt in ("aurora", ""):
            difference = changed(drawn(tmp_path, "inpaint", picture(), mask=mask(BOX), prompt=prompt), picture())
            assert difference[np.asarray(mask(BOX)) == 0].max() == 0

    def test_has_what_is_inside_of_it_painted_anew(self, tmp_path: Path) -> None:
        difference = changed(drawn(tmp_path, "inpaint", picture(), mask=mask(BOX), prompt="aurora"), picture())
        left, up, right, down = BOX
        inside = difference[up + 8 : down - 8, left + 8 : right - 8]
        assert (inside > 20).mean() > 0.95

    def test_that_is_black_changes_nothing(self, tmp_path: Path) -> None:
        result = drawn(tmp_path, "inpaint", picture(), mask=Image.new("L", SIZE, 0), prompt="aurora")
        assert changed(result, picture()).max() == 0

    @pytest.mark.parametrize("prompt", ["aurora", ""])
    def test_that_is_white_changes_all(self, prompt: str, tmp_path: Path) -> None:
        result = drawn(tmp_path, "inpaint", picture("desert dunes"), mask=Image.new("L", SIZE, 255), prompt=prompt)
        assert (changed(result, picture("desert dunes")) > 0).mean() > 0.9

    def test_that_is_grey_changes_half(self, tmp_path: Path) -> None:
        whole, half = (
            drawn(tmp_path, "inpaint", picture(), mask=Image.new("L", SIZE, level), prompt="aurora")
            for level in (255, 128)
        )
        expected = (pixels_of(whole) + pixels_of(picture())) / 2
        assert np.abs(pixels_of(half) - expected).max() < 3

    def test_keeps_what_is_transparent_outside_of_it(self, tmp_path: Path) -> None:
        cut = picture().copy()
        cut.putalpha(60)
        alpha = pixels_of(drawn(tmp_path, "inpaint", cut, mask=mask(BOX), prompt="aurora").getchannel("A"))
        assert set(alpha[np.asarray(mask(BOX)) == 0]) == {60}
        assert set(alpha[np.asarray(mask(BOX)) > 0]) == {255}


class TestWithoutAPrompt:
    @pytest.fixture
    def spotted(self) -> Image.Image:
        """A sky with a red spot."""
        image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
        ImageDraw.Draw(image).ellipse((60, 40, 90, 70), fill=(255, 0, 0))
        return image

    def test_what_is_masked_is_gone_and_its_surroundings_go_on(self, spotted: Image.Image, tmp_path: Path) -> None:
        hole = Image.new("L", SIZE, 0)
        ImageDraw.Draw(hole).ellipse((54, 34, 96, 76), fill=255)
        result = drawn(tmp_path, "inpaint", spotted, mask=hole)
        sky = Image.linear_gradient("L").resize(SIZE).convert("RGB")
        assert np.abs(pixels_of(result) - pixels_of(sky))[40:70, 60:90].max() < 16

    def test_a_part_as_wide_as_the_picture_is_filled_smoothly(self, tmp_path: Path) -> None:
        band = Image.new("L", SIZE, 0)
        ImageDraw.Draw(band).rectangle((0, 30, SIZE[0], 100), fill=255)
        result = drawn(tmp_path, "inpaint", picture(), mask=band)
        rows = pixels_of(result)[30:100].mean(axis=1)
        assert np.abs(np.diff(rows, axis=0)).max() < 40


class TestASearch:
    def test_without_a_mask_changes_a_part_and_leaves_the_rest(self, tmp_path: Path) -> None:
        difference = changed(drawn(tmp_path, "inpaint", picture(), prompt="aurora", search="mountain"), picture())
        assert 0.02 < (difference > 10).mean() < 0.3
        assert (difference == 0).mean() > 0.6

    def test_looks_where_such_things_are(self, tmp_path: Path) -> None:
        rows = []
        for search in ("the moon", "the lake"):
            difference = changed(drawn(tmp_path, "inpaint", picture(), prompt="aurora", search=search), picture())
            rows.append(np.nonzero(difference > 10)[0].mean())
        assert rows[0] < 0.5 * SIZE[1] < rows[1]
