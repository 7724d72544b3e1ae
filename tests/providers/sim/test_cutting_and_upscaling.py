"""remove-background and upscale, and every operation at sizes where arithmetic likes to fail."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from providers.sim.scenes import scene
from tests.providers.sim.children import drawn
from tests.providers.sim.samples import ASKED, SIZE, mean_difference, picture, pixels_of


class TestACutOut:
    @pytest.fixture
    def subject(self) -> Image.Image:
        """An orange vase before a wall that is lighter above."""
        image = Image.merge("RGB", [Image.linear_gradient("L").resize(SIZE).point(lambda v: 220 - v // 8)] * 3)
        ImageDraw.Draw(image).ellipse((66, 24, 126, 112), fill=(214, 120, 40))
        return image

    def test_keeps_what_is_in_front_and_nothing_else(self, subject: Image.Image, tmp_path: Path) -> None:
        result = drawn(tmp_path, "remove-background", subject)
        wanted = Image.new("L", SIZE, 0)
        ImageDraw.Draw(wanted).ellipse((66, 24, 126, 112), fill=255)
        kept, inside = pixels_of(result.getchannel("A")) > 127, pixels_of(wanted) > 127
        assert (kept & inside).sum() / (kept | inside).sum() > 0.96
        assert np.abs(pixels_of(result.getchannel("A")) - pixels_of(wanted)).mean() < 5

    def test_keeps_the_colours(self, subject: Image.Image, tmp_path: Path) -> None:
        result = drawn(tmp_path, "remove-background", subject)
        assert np.array_equal(pixels_of(result.convert("RGB")), pixels_of(subject))

    @pytest.mark.parametrize("name", ["golden sunset", "aurora", "misty forest", "desert dunes", "dusk", "ocean"])
    def test_of_a_scene_leaves_the_land_without_the_sky(self, name: str, tmp_path: Path) -> None:
        alpha = pixels_of(drawn(tmp_path, "remove-background", picture(name)).getchannel("A"))
        assert alpha[:20].mean() < 10
        assert alpha[-40:].mean() > 245
        assert 0.2 < (alpha > 127).mean() < 0.8

    def test_of_what_cannot_be_told_apart_is_an_oval(self, tmp_path: Path) -> None:
        alpha = pixels_of(drawn(tmp_path, "remove-background", Image.new("RGB", SIZE, (90, 90, 90))).getchannel("A"))
        assert alpha[SIZE[1] // 2, SIZE[0] // 2] > 250
        assert alpha[[0, -1], :].max() < 5

    def test_lets_nothing_transparent_come_back(self, subject: Image.Image, tmp_path: Path) -> None:
        subject.putalpha(Image.new("L", SIZE, 100))
        assert pixels_of(drawn(tmp_path, "remove-background", subject).getchannel("A")).max() <= 100


class TestAnUpscale:
    @pytest.mark.parametrize("factor", [2, 4])
    def test_is_the_same_picture_with_more_pixels(self, factor: int, tmp_path: Path) -> None:
        size = SIZE[0] * factor, SIZE[1] * factor
        result = drawn(tmp_path, "upscale", picture(), width=size[0], height=size[1])
        assert mean_difference(result.resize(SIZE, Image.Resampling.BOX), picture()) < 3
        assert mean_difference(result, picture().resize(size, Image.Resampling.LANCZOS)) < 4

    def test_is_sharper_than_a_mere_enlargement(self, tmp_path: Path) -> None:
        size = SIZE[0] * 4, SIZE[1] * 4
        result = drawn(tmp_path, "upscale", picture(), width=size[0], height=size[1])
        edges = [
            pixels_of(image.convert("L").filter(ImageFilter.FIND_EDGES)).mean()
            for image in (result, picture().resize(size, Image.Resampling.LANCZOS))
        ]
        assert edges[0] > 1.1 * edges[1]

    def test_keeps_what_is_transparent(self, tmp_path: Path) -> None:
        cut = picture().copy()
        cut.putalpha(Image.linear_gradient("L").resize(SIZE))
        result = drawn(tmp_path, "upscale", cut, width=SIZE[0] * 2, height=SIZE[1] * 2)
        assert mean_difference(result.getchannel("A").resize(SIZE), cut.getchannel("A")) < 3


@pytest.mark.parametrize("operation", ASKED)
@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 3), (17, 16)])
def test_every_operation_takes_every_size(operation: str, size: tuple[int, int], tmp_path: Path) -> None:
    image = picture().resize(size)
    larger: dict[str, Any] = {"width": size[0] + 9, "height": size[1] + 7, "left": 4, "up": 2}
    doubled = {"width": size[0] * 2, "height": size[1] * 2}
    same = {"width": size[0], "height": size[1]}
    changes = {"outpaint": larger, "upscale": doubled}.get(operation, same)
    drawn(tmp_path, operation, image, prompt="dusk", **changes)
    drawn(tmp_path, operation, image, prompt="", **changes)


def test_the_largest_picture_stays_within_its_memory(tmp_path: Path) -> None:
    large = scene("misty forest", 1, (2048, 2048))
    drawn(tmp_path, "outpaint", large, left=1024, up=1024, width=4096, height=4096)
