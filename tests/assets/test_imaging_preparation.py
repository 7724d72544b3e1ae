"""Pictures as a model takes them: upright, clean, in the size and format that is sent."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from assets.errors import BadInput
from assets.imaging import preparation
from assets.imaging.preparation import InputWish, PreparedInput, prepare_inputs
from assets.imaging.shaping import shaped
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable
from tests.assets.drawn import flat_png, scenery, written
from tests.assets.test_imaging_facts import difference


def wish(folder: Path, content: bytes, role: str = "image", **more: Any) -> InputWish:
    path = folder / hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    return InputWish(path=path, role=role, field=more.pop("field", role), **more)


def prepared(folder: Path, content: bytes, role: str = "image", **more: Any) -> PreparedInput:
    (only,) = prepare_inputs([wish(folder, content, role, **more)], folder=folder)
    return only


def pixels(one: PreparedInput) -> Image.Image:
    with Image.open(one.path) as image:
        image.load()
    assert (one.width, one.height) == image.size
    assert one.mime_type == Image.MIME[str(image.format)]
    assert one.sha256 == hashlib.sha256(one.path.read_bytes()).hexdigest()
    assert one.size_bytes == one.path.stat().st_size
    return image


@pytest.mark.parametrize("given", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("sent", ["png", "jpeg"])
def test_each_format_is_sent_in_each(tmp_path: Path, given: str, sent: str) -> None:
    image = scenery(200, 120)
    one = prepared(tmp_path, written(image, given), format=sent)
    assert (one.role, one.has_alpha, one.path.name) == ("image", False, f"input-0.{sent}")
    assert difference(pixels(one), image) < 4


def test_a_png_loses_nothing(tmp_path: Path) -> None:
    image = scenery(200, 120, mode="RGBA")
    one = prepared(tmp_path, written(image))
    assert (one.has_alpha, pixels(one).tobytes()) == (True, image.tobytes())


def test_a_jpeg_keeps_the_edges_of_colours(tmp_path: Path) -> None:
    stripes = Image.fromarray(np.tile(np.array([[255, 0, 0], [0, 0, 255]], np.uint8), (64, 32, 1)))
    assert difference(pixels(prepared(tmp_path, written(stripes), format="jpeg")), stripes) < 6


def test_nothing_of_the_file_but_its_upright_pixels_is_sent(tmp_path: Path) -> None:
    image, exif = scenery(200, 120), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Somebody"
    one = pixels(prepared(tmp_path, written(image, "JPEG", quality=95, exif=exif, comment=b"secret")))
    assert one.size == (120, 200)
    assert not one.info
    assert difference(one, image.transpose(Image.Transpose.ROTATE_270)) < 4


def test_the_part_that_was_delivered_is_sent_in_the_size_of_the_model(tmp_path: Path) -> None:
    drawn = scenery(640, 480)
    one = pixels(prepared(tmp_path, written(drawn), shape=(300, 300), size=(512, 512)))
    assert difference(one, shaped(drawn, (512, 512))) < 1
    assert difference(one, drawn.resize((512, 512))) > 5
    assert pixels(prepared(tmp_path, written(drawn), shape=(300, 300))).size == (300, 300)


def test_a_size_of_another_shape_is_met_to_the_pixel(tmp_path: Path) -> None:
    image = scenery(1000, 777)
    one = pixels(prepared(tmp_path, written(image), size=(1008, 784)))
    assert difference(one, image.resize((1008, 784), Image.Resampling.LANCZOS)) < 1


def test_a_model_that_takes_only_jpeg_sees_the_picture_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (64, 64), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    one = prepared(tmp_path, written(image), format="jpeg")
    seen = np.asarray(pixels(one))
    assert (one.has_alpha, int(seen[:, :24].min()) > 250) == (False, True)


def test_a_png_too_heavy_for_its_model_becomes_a_jpeg(tmp_path: Path) -> None:
    content = written(scenery(400, 300))
    limit = len(content) // 2
    heavy, light = prepared(tmp_path, content, limit_bytes=limit), prepared(tmp_path, content, limit_bytes=10_000_000)
    assert (heavy.mime_type, light.mime_type) == ("image/jpeg", "image/png")
    assert heavy.size_bytes < limit


def test_inputs_come_back_in_their_order_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    wishes = [wish(tmp_path, written(scenery(64 + side, 64)), "style" if side else "image") for side in range(3)]
    first, second = (prepare_inputs(wishes, folder=tmp_path) for _ in range(2))
    assert first == second
    assert [(one.role, one.width) for one in first] == [("image", 64), ("style", 65), ("style", 66)]
    assert len({one.path for one in first}) == 3


def test_a_picture_larger_than_the_usual_room_is_sent_smaller(tmp_path: Path) -> None:
    one = prepared(tmp_path, written(scenery(5000, 4000), "JPEG"), size=(1280, 1024))
    assert (one.width, one.height) == (1280, 1024)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unreadable"),
        (b"<html>", "output_not_an_image"),
        (written(scenery())[:900], "output_truncated"),
        (flat_png(20_000, 20_000), "output_bomb"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        prepared(tmp_path, content, field="images.1")
    (error,) = caught.value.errors
    assert (error.field, error.code) == ("images.1", reason)
    assert caught.value.message.startswith("The images.1 ")


def _failing(error: BoundedFailure) -> Callable[..., Any]:
    def run(*_: Any, **__: Any) -> Any:
        raise error

    return run


def test_a_host_in_trouble_says_nothing_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "run_with_room", _failing(BoundedUnavailable("wall", "no child")))
    with pytest.raises(BoundedUnavailable):
        prepared(tmp_path, written(scenery()))
    monkeypatch.setattr(preparation, "run_with_room", _failing(BoundedFailure("memory", "too much")))
    with pytest.raises(BadInput):
        prepared(tmp_path, written(scenery()))
