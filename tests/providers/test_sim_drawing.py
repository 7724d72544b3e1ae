"""Simulated pictures: always the same for the same seed, different for another, good enough to pass for pictures."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from gencraft_media.common.bounded import run_bounded
from providers.sim.edits import NO_EDIT
from providers.sim.palettes import PALETTES, WORDS, palette_for
from providers.sim.scenes import scene

MIB = 1_048_576


def drawn(path: Path, *, memory_bytes: int = 256 * MIB, **changes: Any) -> Image.Image:
    wanted = {"operation": "text-to-image", "prompt": "a red fox", "seed": 7, "width": 320, "height": 240}
    arguments: dict[str, Any] = {**wanted, "variant": "scene", **NO_EDIT.as_drawn, **changes}
    run_bounded(
        "providers.sim.drawing:draw",
        arguments,
        inputs=[],
        outputs=[path],
        memory_bytes=memory_bytes,
        cpu_s=10,
        wall_s=30.0,
        pixels=arguments["width"] * arguments["height"],
    )
    with Image.open(path) as image:
        image.load()
    assert (image.format, image.size) == ("PNG", (arguments["width"], arguments["height"]))
    return image


def test_the_same_prompt_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    drawn(one)
    drawn(other)
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("changes", [{"seed": 8}, {"prompt": "a blue fox"}])
def test_another_seed_or_prompt_gives_another_picture(tmp_path: Path, changes: dict[str, Any]) -> None:
    pictures = [drawn(tmp_path / "one.png"), drawn(tmp_path / "other.png", **changes)]
    assert np.asarray(ImageChops.difference(*pictures)).mean() > 2


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (500, 3), (64, 64), (1792, 1024), (1024, 1536)])
@pytest.mark.parametrize("mood", ["aurora", "desert"])
def test_every_size_can_be_drawn(tmp_path: Path, width: int, height: int, mood: str) -> None:
    drawn(tmp_path / "one.png", width=width, height=height, prompt=mood)


@pytest.mark.parametrize("mood", list(PALETTES))
def test_every_mood_has_light_and_dark_and_many_colours(mood: str) -> None:
    pixels = np.asarray(scene(mood, 3, (256, 256)))
    assert pixels.std() > 20
    assert len(np.unique(pixels.reshape(-1, 3) >> 3, axis=0)) > 100


def test_the_words_of_the_prompt_choose_the_mood() -> None:
    assert palette_for("Golden sunset over the hills, warm", 0) is PALETTES["sunset"]
    assert palette_for("DESERT, dunes", 0) is PALETTES["desert"]
    assert palette_for("xyzzy", 4) is list(PALETTES.values())[4]
    assert WORDS.keys() == PALETTES.keys()


def test_every_scene_says_that_it_is_simulated() -> None:
    marked = np.asarray(scene("aurora", 3, (512, 512)).convert("L"))
    corner, beside = marked[480:505, 380:505], marked[480:505, 240:365]
    assert corner.max() > beside.max() + 40


def test_the_blank_variant_is_one_colour_and_the_placeholder_nearly(tmp_path: Path) -> None:
    blank = drawn(tmp_path / "one.png", variant="blank")
    assert [low == high for low, high in blank.getextrema()] == [True] * 3  # type: ignore[misc]
    card = drawn(tmp_path / "two.png", variant="placeholder")
    _, shares = np.unique(np.asarray(card).reshape(-1, 3), axis=0, return_counts=True)
    assert 0.9 < shares.max() / shares.sum() < 1


def test_a_large_picture_stays_within_its_memory(tmp_path: Path) -> None:
    drawn(tmp_path / "one.png", width=2048, height=2048, memory_bytes=320 * MIB)


def test_drawing_1024_pixels_square_costs_well_under_a_second() -> None:
    scene("aurora", 1, (64, 64))
    began = time.process_time()
    scene("aurora", 1, (1024, 1024))
    assert time.process_time() - began < 0.6
