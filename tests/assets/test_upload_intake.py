"""What a client's picture becomes: the same pixels upright in sRGB, and nothing else of what its file carried."""

import io
import mmap
from pathlib import Path

import pytest
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin

from assets.errors import BadUpload
from assets.imaging import intake, upload
from assets.imaging.preparation import InputWish, prepare_inputs
from assets.imaging.upload import CleanPicture, clean_upload
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable
from tests.assets.drawn import scenery, stored, written
from tests.assets.malformed import real_files


def cleaned(folder: Path, content: bytes, declared_type: str = "") -> CleanPicture:
    return clean_upload(stored(folder, content), folder=folder, declared_type=declared_type)


def reason(folder: Path, content: bytes, declared_type: str = "") -> str:
    with pytest.raises(BadUpload) as caught:
        cleaned(folder, content, declared_type)
    return caught.value.reason


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, of 255."""
    pairs = zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (one.width * one.height * 3)


def described() -> dict[str, object]:
    """Everything a camera and an editor write beside the pixels."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif, "icc_profile": profile}


@pytest.mark.parametrize(("format", "becomes"), [("PNG", "png"), ("WEBP", "png"), ("JPEG", "jpeg")])
def test_a_picture_is_kept_upright_and_without_a_word_about_it(tmp_path: Path, format: str, becomes: str) -> None:
    picture = scenery(96, 64)
    found = cleaned(tmp_path, written(picture, format, **described()))
    assert (found.mime_type, found.width, found.height) == (f"image/{becomes}", 64, 96)
    content = found.path.read_bytes()
    assert (len(content), b"camera" in content) == (found.size_bytes, False)
    with Image.open(found.path) as kept:
        assert kept.size == (64, 96)
        assert not {"exif", "icc_profile", "xmp", "comment"} & kept.info.keys()
        assert difference(kept, picture.transpose(Image.Transpose.ROTATE_270)) < 8


def test_a_jpeg_stays_one_with_every_colour_it_had(tmp_path: Path) -> None:
    with Image.open(cleaned(tmp_path, written(scenery(), "JPEG", quality=95)).path) as kept:
        assert isinstance(kept, JpegImagePlugin.JpegImageFile)
        assert JpegImagePlugin.get_sampling(kept) == 0
        assert max(kept.quantization[0]) < 15


def test_pixels_of_a_png_are_exactly_those_that_came(tmp_path: Path) -> None:
    picture = scenery(mode="RGBA")
    found = cleaned(tmp_path, written(picture))
    assert found.has_alpha
    with Image.open(found.path) as kept:
        assert kept.tobytes() == picture.tobytes()


def test_transparency_that_nothing_uses_is_dropped(tmp_path: Path) -> None:
    picture = scenery().convert("RGBA")
    found = cleaned(tmp_path, written(picture))
    with Image.open(found.path) as kept:
        assert (found.has_alpha, kept.mode) == (False, "RGB")


@pytest.mark.parametrize("name", [name for name in real_files() if name not in {"apng", "webp animation", "gif"}])
def test_every_sound_kind_of_file_is_taken(tmp_path: Path, name: str) -> None:
    found = cleaned(tmp_path, real_files()[name])
    assert sorted((found.width, found.height)) == [64, 96]
    assert found.has_alpha == (name in {"png with alpha", "webp lossless", "webp with alpha"})


def test_of_a_jpeg_with_pictures_behind_it_the_first_is_taken(tmp_path: Path) -> None:
    """As telephones write them: a gain map, or a second view."""
    first = scenery(96, 64)
    found = cleaned(tmp_path, written(first, "MPO", save_all=True, append_images=[scenery(96, 64, seed=9)]))
    with Image.open(found.path) as kept:
        assert difference(kept, first) < 8


def test_sixteen_bits_become_eight_and_none_is_clipped(tmp_path: Path) -> None:
    grey = scenery().convert("L")
    deep = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    with Image.open(cleaned(tmp_path, written(deep)).path) as kept:
        assert difference(kept, grey) < 2


@pytest.mark.parametrize("size", [(16, 16), (16_384, 16), (16, 16_384)])
def test_the_smallest_and_the_longest_are_taken(tmp_path: Path, size: tuple[int, int]) -> None:
    found = cleaned(tmp_path, written(scenery(*size), "JPEG"))
    assert (found.width, found.height) == size


def test_the_longest_that_is_taken_can_be_prepared_for_a_model_too(tmp_path: Path) -> None:
    kept = cleaned(tmp_path, written(scenery(16_384, 16), "JPEG"))
    wish = InputWish(path=kept.path, role="image", field="image", size=(2_048, 16))
    assert prepare_inputs([wish], folder=tmp_path)[0].width == 2_048


@pytest.mark.parametrize(
    ("size", "refused"), [((16_385, 16), "too_many_pixels"), ((15, 400), "too_small"), ((400, 15), "too_small")]
)
def test_what_is_longer_or_smaller_is_not(tmp_path: Path, size: tuple[int, int], refused: str) -> None:
    assert reason(tmp_path, written(scenery(*size), "JPEG")) == refused


def test_fifty_megapixels_are_taken_and_one_row_more_is_not(tmp_path: Path) -> None:
    assert cleaned(tmp_path, written(Image.new("L", (6_250, 8_000)), "JPEG")).height == 8_000
    assert reason(tmp_path, written(Image.new("L", (6_250, 8_001)), "JPEG")) == "too_many_pixels"


def test_a_file_of_more_than_25_mib_is_not_even_opened(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(25 * 1_048_576 + 1)
    with pytest.raises(BadUpload, match="25 MiB") as caught:
        clean_upload(large, folder=tmp_path)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "declared", ["image/png", "IMAGE/PNG", "image/png; charset=binary", "image/x-png", "application/octet-stream", ""]
)
def test_the_type_it_was_sent_as_may_be_its_own_or_none(tmp_path: Path, declared: str) -> None:
    assert cleaned(tmp_path, written(scenery()), declared).mime_type == "image/png"


@pytest.mark.parametrize("declared", ["image/jpeg", "image/svg+xml", "text/plain", "image/*"])
def test_any_other_type_is_a_lie(tmp_path: Path, declared: str) -> None:
    assert reason(tmp_path, written(scenery()), declared) == "type_mismatch"


def test_an_editors_long_past_is_left_behind(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>" + " " * 1_000_000)
    assert cleaned(tmp_path, written(scenery(), pnginfo=info)).size_bytes < 500_000


def test_what_takes_too_much_room_without_loss_is_kept_as_a_jpeg_unless_it_is_transparent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "CLEAN_BYTES", 20_000)

    def take(picture: Image.Image) -> tuple[dict[str, object], bytes]:
        output = io.BytesIO()
        arguments = {"declared_type": "", "pixels_allowed": 10**6}
        with (
            stored(tmp_path, written(picture, "WEBP")).open("rb") as file,
            mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content,
        ):
            return intake.take_in(arguments, [content], [output]), output.getvalue()

    answer, kept = take(scenery())
    assert answer["format"] == "jpeg" and kept.startswith(b"\xff\xd8\xff") and kept.endswith(b"\xff\xd9")
    assert take(scenery(mode="RGBA"))[0]["refused"] == "too_large"


@pytest.mark.parametrize(
    ("end", "refused"), [("memory", "bomb"), ("cpu", "bomb"), ("wall", "bomb"), ("crash", "unreadable")]
)
def test_a_picture_that_breaks_its_child_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, refused: str
) -> None:
    def broken(*arguments: object) -> dict[str, object]:
        raise BoundedFailure(end, "as scripted")  # type: ignore[arg-type]

    monkeypatch.setattr(upload, "run_with_room", broken)
    assert reason(tmp_path, written(scenery())) == refused


def test_a_full_disk_says_nothing_about_the_picture(tmp_path: Path) -> None:
    (tmp_path / "clean").symlink_to("/dev/full")
    with pytest.raises(BoundedUnavailable):
        cleaned(tmp_path, written(scenery()))
