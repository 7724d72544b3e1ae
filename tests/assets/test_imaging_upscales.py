"""Enlarging to 8192x8192, each picture in a child of less than a gibibyte."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assets.imaging import picture
from assets.imaging.picture import PictureFacts, inspect_picture
from gencraft_media.common.bounded import calls, run_bounded
from tests.assets.drawn import scenery, stored, written

GIBIBYTE = 1_073_741_824
LARGEST = (8192, 8192)


@dataclass
class Room:
    """What the children were allowed and what they took, in bytes."""

    allowed: list[int] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    seen, result_of = Room(), calls._result

    def run(target: str, arguments: dict[str, Any], *, memory_bytes: int, **more: Any) -> dict[str, Any]:
        seen.allowed.append(memory_bytes)
        return run_bounded(target, arguments, memory_bytes=memory_bytes, **more)

    def result(call: Any) -> dict[str, Any]:
        seen.peaks.append(call.ended["peak_bytes"])
        return result_of(call)

    monkeypatch.setattr(picture, "run_bounded", run)
    monkeypatch.setattr(calls, "_result", result)
    return seen


def cut_out(side: int, seed: int) -> Image.Image:
    """A disc of scenery with soft edges on nothing."""
    image = scenery(side, side, seed=seed)
    disc = Image.new("L", (side, side))
    ImageDraw.Draw(disc).ellipse((side // 8, side // 8, side - side // 8, side - side // 8), fill=255)
    image.putalpha(disc.resize((side // 8, side // 8)).resize((side, side), Image.Resampling.BICUBIC))
    return image


def noise(side: int, seed: int) -> Image.Image:
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 256, (side, side, 4 if seed % 2 else 3), np.uint8))


def enlarged(folder: Path, image: Image.Image) -> PictureFacts:
    folder.mkdir()
    facts = inspect_picture(
        stored(folder, written(image, compress_level=1)), folder=folder, expected=image.size, deliver=LARGEST
    )
    with Image.open(facts.picture_path) as made:
        assert (made.size, made.mode, facts.has_alpha) == (LARGEST, image.mode, image.mode == "RGBA")
    facts.picture_path.unlink()
    return facts


def enlarge_many(folder: Path, number: int, sources: Callable[[int], Image.Image], room: Room) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda turn: enlarged(folder / str(turn), sources(turn)), range(number)))
    assert [(facts.width, facts.height) for facts in made] == [LARGEST] * number
    assert len(room.peaks) == len(room.allowed) == number
    assert 0 < max(room.peaks) < GIBIBYTE
    assert max(room.allowed) < GIBIBYTE


def _smooth(turn: int) -> Image.Image:
    side = 4096 if turn % 10 == 9 else (1024, 1024, 2048)[turn % 3]
    return cut_out(side, turn) if turn % 5 == 0 else scenery(side, side, seed=turn)


def _any(turn: int) -> Image.Image:
    return noise((1024, 2048, 4096)[turn % 3], turn) if turn % 4 == 0 else _smooth(turn)


def test_20_upscales_stay_within_a_gibibyte_each(tmp_path: Path, room: Room) -> None:
    enlarge_many(tmp_path, 20, _smooth, room)


@pytest.mark.soak
def test_500_upscales_stay_within_a_gibibyte_each(tmp_path: Path, room: Room) -> None:
    enlarge_many(tmp_path, 500, _any, room)


@pytest.mark.parametrize("seed", [1, 2], ids=["transparent", "opaque"])
def test_noise_the_worst_there_is_stays_within_a_gibibyte(tmp_path: Path, room: Room, seed: int) -> None:
    enlarge_many(tmp_path, 1, lambda _: noise(2048, seed), room)
