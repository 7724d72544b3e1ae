"""The picture that is written has the size that was asked for, whatever size was drawn."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assets.errors import BadPicture
from assets.imaging import inspection
from assets.imaging.picture import PictureFacts, inspect_picture
from assets.imaging.shaping import crop_box, shaped
from tests.assets.drawn import scenery, stored, written
from tests.assets.test_imaging_facts import difference

Size = tuple[int, int]


def deliver(
    folder: Path, image: Image.Image, size: Size | None, *, expected: Size | None = None, by_shape: bool = False
) -> PictureFacts:
    original = stored(folder, written(image))
    return inspect_picture(original, folder=folder, expected=expected or image.size, by_shape=by_shape, deliver=size)


@pytest.mark.parametrize(
    ("drawn", "asked"),
    [
        ((640, 640), (320, 320)),
        ((640, 480), (480, 640)),
        ((320, 320), (512, 300)),
        ((300, 200), (1200, 800)),
        ((640, 480), (64, 480)),
        ((640, 480), (641, 480)),
        ((97, 31), (31, 97)),
        ((64, 64), (1, 1)),
        ((64, 64), (1, 700)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_picture_and_facts_have_exactly_the_size_asked(tmp_path: Path, drawn: Size, asked: Size, mode: str) -> None:
    facts = deliver(tmp_path, scenery(*drawn, mode=mode), asked)
    assert (facts.width, facts.height, facts.has_alpha) == (*asked, mode == "RGBA")
    with Image.open(facts.picture_path) as full, Image.open(facts.thumbnail_path) as small:
        assert full.size == asked
        assert max(small.size) == min(256, max(asked))


@pytest.mark.parametrize(
    ("drawn", "asked", "box"),
    [
        ((640, 640), (320, 160), (0, 160, 640, 480)),
        ((640, 480), (480, 480), (80, 0, 560, 480)),
        ((1024, 768), (1024, 767), (0, 0, 1024, 767)),
        ((100, 100), (100, 100), (0, 0, 100, 100)),
        ((100, 10), (1, 4000), (49, 0, 50, 10)),
        ((10, 100), (4000, 1), (0, 49, 10, 50)),
    ],
)
def test_the_crop_is_the_largest_around_the_centre(drawn: Size, asked: Size, box: tuple[int, int, int, int]) -> None:
    assert crop_box(drawn, asked) == box


def test_the_middle_is_kept(tmp_path: Path) -> None:
    image = scenery(600, 300)
    facts = deliver(tmp_path, image, (300, 300))
    with Image.open(facts.picture_path) as kept:
        assert difference(kept, image.crop((150, 0, 450, 300))) < 6
        assert difference(kept, image.crop((0, 0, 300, 300))) > 20


def test_what_is_only_cropped_keeps_every_pixel() -> None:
    image = scenery(301, 200)
    assert shaped(image, (200, 200)).tobytes() == image.crop((50, 0, 250, 200)).tobytes()


@pytest.mark.parametrize("asked", [(200, 150), (1600, 1200)])
def test_scaling_neither_shifts_nor_stretches(asked: Size) -> None:
    # An even slope in both directions: each pixel says where it should be.
    rows, columns = np.mgrid[0:300, 0:400]
    slope = Image.fromarray(np.dstack([columns * 255 / 399, rows * 255 / 299, 0 * rows]).astype(np.uint8))
    made = np.asarray(shaped(slope, asked), np.float64)
    rows, columns = np.mgrid[0 : asked[1], 0 : asked[0]]
    expected = np.dstack([columns * 255 / (asked[0] - 1), rows * 255 / (asked[1] - 1)])
    assert np.abs(made[..., :2] - expected).mean() < 1.5


def test_nothing_is_done_to_a_picture_that_was_drawn_as_asked(tmp_path: Path) -> None:
    image = scenery(320, 240)
    plain, delivered = tmp_path / "plain", tmp_path / "delivered"
    plain.mkdir()
    delivered.mkdir()
    without, within = deliver(plain, image, None), deliver(delivered, image, (320, 240))
    assert (within.picture_sha256, within.thumbnail_sha256) == (without.picture_sha256, without.thumbnail_sha256)


def test_the_size_that_was_drawn_is_checked_first(tmp_path: Path) -> None:
    with pytest.raises(BadPicture) as caught:
        deliver(tmp_path, scenery(320, 240), (640, 480), expected=(640, 480))
    assert caught.value.code == "output_wrong_size"
    assert "320x240 came where 640x480 was asked for" in caught.value.detail


@pytest.mark.parametrize("came", [(1344, 768), (672, 384), (1820, 1024), (1365, 768), (672, 410)])
def test_of_a_nominal_size_only_the_shape_must_be_right(tmp_path: Path, came: Size) -> None:
    facts = deliver(tmp_path, scenery(*came), (1024, 585), expected=(1344, 768), by_shape=True)
    assert (facts.width, facts.height) == (1024, 585)


@pytest.mark.parametrize("came", [(768, 1344), (1024, 1024), (672, 420), (672, 350)])
def test_another_shape_is_refused(tmp_path: Path, came: Size) -> None:
    with pytest.raises(BadPicture) as caught:
        deliver(tmp_path, scenery(*came), (1024, 585), expected=(1344, 768), by_shape=True)
    assert caught.value.code == "output_wrong_size"
    assert "the shape of 1344x768" in caught.value.detail


def test_the_picture_is_judged_whole_and_not_by_the_part_that_is_kept(tmp_path: Path) -> None:
    image = Image.new("RGB", (600, 300), "white")
    image.paste(scenery(150, 300), (0, 0))
    facts = deliver(tmp_path, image, (300, 300))
    assert facts.dominant_color == "#ffffff"
    with pytest.raises(BadPicture) as caught:
        deliver(tmp_path, Image.new("RGB", (600, 300), "white"), (300, 300))
    assert caught.value.code == "output_blank"


def test_a_card_that_is_known_is_refused_however_it_would_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = scenery(640, 480)
    known = deliver(tmp_path, card, None).thumbhash
    assert deliver(tmp_path, card, (480, 480)).thumbhash != known
    monkeypatch.setattr("assets.imaging.picture.known_placeholders", lambda: frozenset({f"thumbhash:{known}"}))
    with pytest.raises(BadPicture) as caught:
        deliver(tmp_path, card, (480, 480))
    assert caught.value.code == "output_placeholder"


def test_a_large_picture_is_made_of_a_small_one_within_its_room(tmp_path: Path) -> None:
    facts = deliver(tmp_path, scenery(512, 512, mode="RGBA"), (4096, 4096))
    assert (facts.width, facts.height) == (4096, 4096)


def test_a_small_picture_is_made_of_one_larger_than_the_usual_room(tmp_path: Path) -> None:
    original = stored(tmp_path, written(scenery(4096, 4096), "JPEG"))
    facts = inspect_picture(original, folder=tmp_path, expected=(1024, 1024), by_shape=True, deliver=(512, 512))
    assert (facts.width, facts.height) == (512, 512)


def test_the_tolerance_holds_for_the_shapes_that_vendors_round() -> None:
    nominal = {21 / 9: (1536, 640), 16 / 9: (1344, 768), 3 / 2: (1216, 832), 5 / 4: (1088, 896)}
    for exact, (width, height) in nominal.items():
        assert 1 / inspection.SHAPE_TOLERANCE < exact / (width / height) < inspection.SHAPE_TOLERANCE
