"""outpaint: the picture pixel for pixel in its place, and a scene around it that goes with it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.providers.sim.children import drawn
from tests.providers.sim.samples import SIZE, picture, pixels_of

WIDTH, HEIGHT = SIZE


@pytest.mark.parametrize(
    ("left", "up", "right", "down"),
    [(60, 40, 30, 20), (80, 0, 0, 0), (0, 80, 0, 0), (0, 0, 80, 0), (0, 0, 0, 80), (0, 0, 0, 0), (300, 9, 1, 1)],
)
def test_the_picture_is_untouched_in_its_place(left: int, up: int, right: int, down: int, tmp_path: Path) -> None:
    size = {"width": left + WIDTH + right, "height": up + HEIGHT + down}
    result = drawn(tmp_path, "outpaint", picture(), left=left, up=up, **size)
    inner = result.crop((left, up, left + WIDTH, up + HEIGHT))
    assert np.array_equal(pixels_of(inner), pixels_of(picture()))


@pytest.mark.parametrize("name", ["golden sunset", "aurora over a lake", "desert dunes", "snowy mountains"])
def test_the_scene_goes_on_at_the_edges(name: str, tmp_path: Path) -> None:
    result = pixels_of(drawn(tmp_path, "outpaint", picture(name), left=64, up=48, width=320, height=240))
    rows, columns = slice(48, 48 + HEIGHT), slice(64, 64 + WIDTH)
    seams = [
        result[rows, 64] - result[rows, 63],
        result[rows, 63 + WIDTH] - result[rows, 64 + WIDTH],
        result[48, columns] - result[47, columns],
        result[47 + HEIGHT, columns] - result[48 + HEIGHT, columns],
    ]
    assert max(float(np.abs(seam).mean()) for seam in seams) < 14


def test_what_is_around_has_the_light_of_the_picture(tmp_path: Path) -> None:
    red = Image.blend(picture(), Image.new("RGB", SIZE, (230, 20, 60)), 0.7)
    result = pixels_of(drawn(tmp_path, "outpaint", red, left=120, up=0, width=120 + WIDTH, height=HEIGHT))
    beside, inside = result[:, 30:70].mean(axis=(0, 1)), result[:, 120:160].mean(axis=(0, 1))
    assert np.abs(beside - inside).max() < 30


def test_what_is_around_is_a_scene_of_its_own_for_each_seed(tmp_path: Path) -> None:
    place = {"left": 100, "up": 60, "width": 392, "height": 248}
    one, other = (pixels_of(drawn(tmp_path, "outpaint", picture(), seed=seed, **place)) for seed in (1, 2))
    assert one[:, :90].std() > 20
    assert np.abs(one - other)[:, :90].mean() > 4


def test_a_prompt_says_what_is_around(tmp_path: Path) -> None:
    place = {"left": 150, "up": 0, "width": 342, "height": HEIGHT}
    plain, asked = (
        pixels_of(drawn(tmp_path, "outpaint", picture(), prompt=prompt, **place)) for prompt in ("", "golden sunset")
    )
    assert np.abs(plain - asked)[:, :140].mean() > 10


def test_what_is_transparent_in_the_picture_stays_so(tmp_path: Path) -> None:
    cut = picture().copy()
    cut.putalpha(Image.linear_gradient("L").resize(SIZE))
    result = drawn(tmp_path, "outpaint", cut, left=20, up=10, width=WIDTH + 40, height=HEIGHT + 20)
    inner = result.crop((20, 10, 20 + WIDTH, 10 + HEIGHT))
    assert np.array_equal(pixels_of(inner), pixels_of(cut))
    assert pixels_of(result.getchannel("A"))[:, :20].min() == 255
