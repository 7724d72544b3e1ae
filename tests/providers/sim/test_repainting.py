"""image-to-image and variation: how much of the picture stays, and where its new colours come from."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from providers.sim.scenes import scene
from tests.providers.sim.children import drawn
from tests.providers.sim.samples import SIZE, mean_difference, picture, pixels_of

PROMPT = "golden sunset"


def likeness(one: Image.Image, other: Image.Image) -> float:
    """How much two pictures have the same composition, 1 = the same lights and darks."""
    greys = [pixels_of(image.convert("L")).ravel() for image in (one, other)]
    return float(np.corrcoef(greys[0], greys[1])[0, 1])


def colour_distance(one: Image.Image, other: Image.Image) -> float:
    means = [pixels_of(image.convert("RGB")).reshape(-1, 3).mean(axis=0) for image in (one, other)]
    return float(np.abs(means[0] - means[1]).sum())


class TestStrength:
    def test_of_0_gives_the_picture_back(self, tmp_path: Path) -> None:
        result = drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT, strength=0.0)
        assert np.array_equal(pixels_of(result), pixels_of(picture()))

    def test_of_1_gives_the_scene_of_the_prompt_whatever_was_sent(self, tmp_path: Path) -> None:
        results = [
            drawn(tmp_path, "image-to-image", picture(name), prompt=PROMPT, strength=1.0)
            for name in ("misty forest", "desert dunes")
        ]
        assert mean_difference(*results) == 0
        assert mean_difference(results[0], scene(PROMPT, 3, SIZE)) < 1

    def test_leads_further_from_the_picture_the_more_there_is(self, tmp_path: Path) -> None:
        results = [
            drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT, strength=strength / 5) for strength in range(6)
        ]
        distances = [mean_difference(result, picture()) for result in results]
        assert distances == sorted(distances)
        assert distances[1] > 4

    def test_of_half_keeps_the_composition_in_the_light_of_the_prompt(self, tmp_path: Path) -> None:
        result = drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT, strength=0.5)
        assert likeness(result, picture()) > 0.85
        sunset = scene(PROMPT, 3, SIZE)
        assert colour_distance(result, sunset) < colour_distance(picture(), sunset) / 3


def test_a_style_reference_gives_its_colours(tmp_path: Path) -> None:
    style = picture("aurora over a lake")
    plain = drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT)
    styled = drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT, style=style)
    assert colour_distance(styled, style) < colour_distance(plain, style) / 3
    assert likeness(styled, picture()) > 0.85


def test_further_pictures_lend_their_colours(tmp_path: Path) -> None:
    further = picture("aurora over a lake")
    alone = drawn(tmp_path, "image-to-image", picture(), prompt=PROMPT)
    together = drawn(tmp_path, "image-to-image", picture(), further, prompt=PROMPT)
    assert colour_distance(together, further) < colour_distance(alone, further)


class TestAVariation:
    def test_has_the_same_composition_in_other_colours(self, tmp_path: Path) -> None:
        for name in ("misty forest", "snowy mountains", "ocean"):
            result = drawn(tmp_path, "variation", picture(name))
            assert likeness(result, picture(name)) > 0.85
            assert mean_difference(result, picture(name)) > 8

    def test_is_another_one_for_each_seed(self, tmp_path: Path) -> None:
        results = [drawn(tmp_path, "variation", picture(), seed=seed) for seed in range(4)]
        distances = [mean_difference(one, other) for one in results for other in results if one is not other]
        assert min(distances) > 5

    def test_takes_the_colours_that_a_prompt_names(self, tmp_path: Path) -> None:
        result = drawn(tmp_path, "variation", picture(), prompt="snow and ice")
        assert colour_distance(result, picture("snowy mountains")) < colour_distance(picture(), picture("ocean"))
        assert colour_distance(result, picture("snowy mountains")) < 40

    def test_is_none_at_strength_0(self, tmp_path: Path) -> None:
        result = drawn(tmp_path, "variation", picture(), strength=0.0)
        assert np.array_equal(pixels_of(result), pixels_of(picture()))

    def test_of_a_cut_out_is_cut_out(self, tmp_path: Path) -> None:
        cut = picture().copy()
        cut.putalpha(Image.linear_gradient("L").resize(SIZE))
        result = drawn(tmp_path, "variation", cut)
        assert np.array_equal(pixels_of(result.getchannel("A")), pixels_of(cut.getchannel("A")))


@pytest.mark.parametrize("strength", [0.3, 0.8])
def test_a_picture_of_one_colour_can_be_repainted(strength: float, tmp_path: Path) -> None:
    flat = Image.new("RGB", SIZE, (120, 120, 120))
    drawn(tmp_path, "image-to-image", flat, prompt=PROMPT, strength=strength, style=flat)
    drawn(tmp_path, "variation", flat, strength=strength)
