"""What comes of pictures sent to Stability AI, over a real socket: what stays, what changes, and the size it has."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from providers.operations import Operation
from providers.types import GenerationRequest
from tests.vendors.stability.asking import SIZE, asked_of
from tests.vendors.stability.calling import ENGINE, Calls, calls_to_stability, outputs_of, pictured
from tests.vendors.stability.inputs import STYLE, media


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_stability() as running:
        yield running


def result_of(calls: Calls, request: GenerationRequest) -> Image.Image:
    """The picture that comes of a request which is answered at once."""
    (output,) = outputs_of(calls.submit(**vars(request)))
    assert calls.server.violations == []
    return pictured(output)


def sent_in(request: GenerationRequest, role: str = "image") -> Image.Image:
    """One of a request's pictures."""
    with Image.open(request.of_role(role)[0].path) as image:
        return image.convert("RGB")


def same(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int] | None = None) -> bool:
    """Whether two pictures have the same pixels, or the same within a box."""
    difference = ImageChops.difference(one.convert("RGB").crop(box), other.convert("RGB").crop(box))
    return difference.getbbox() is None


def distance(image: Image.Image, colour: tuple[int, int, int]) -> int:
    """How far the colour of a whole picture is from another one."""
    found = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return sum(abs(one - other) for one, other in zip(found, colour, strict=True))


class TestThePicture:
    def test_strength_0_keeps_the_picture_and_1_disregards_it(self, calls: Calls, tmp_path: Path) -> None:
        request = asked_of("sd-3.5-large", Operation.IMAGE_TO_IMAGE, tmp_path)
        kept, changed = (result_of(calls, replace(request, strength=strength)) for strength in (0.0, 1.0))
        image = sent_in(request).resize(kept.size)
        assert same(kept, image) and not same(changed, image)
        assert kept.width * kept.height == pytest.approx(1024 * 1024, rel=0.05)
        assert kept.width / kept.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.03)

    @pytest.mark.parametrize("model", ["stable-image-inpaint", "stable-image-erase"])
    def test_what_is_not_masked_stays_to_the_last_bit(self, calls: Calls, model: str, tmp_path: Path) -> None:
        request = asked_of(model, Operation.INPAINT, tmp_path)
        edited, image = result_of(calls, request), sent_in(request)
        # The mask is the left half, and the vendor's default is to grow it by 5 pixels.
        kept, masked = (SIZE[0] // 2 + 5, 0, *SIZE), (0, 0, SIZE[0] // 2, SIZE[1])
        assert edited.size == SIZE
        assert same(edited, image, kept) and not same(edited, image, masked)

    def test_what_is_searched_for_is_replaced_and_the_rest_stays(self, calls: Calls, tmp_path: Path) -> None:
        request = asked_of("stable-image-search-and-replace", Operation.INPAINT, tmp_path)
        edited, image = result_of(calls, request), sent_in(request)
        assert same(edited, image, (0, 0, 60, 40)) and not same(edited, image)

    def test_outpainting_puts_the_picture_into_a_larger_one(self, calls: Calls, tmp_path: Path) -> None:
        request = asked_of("stable-image-outpaint", Operation.OUTPAINT, tmp_path)
        extended = result_of(calls, request)
        assert extended.size == (SIZE[0] + 64, SIZE[1] + 32)
        assert same(extended.crop((64, 32, *extended.size)), sent_in(request))

    def test_a_background_becomes_transparent(self, calls: Calls, tmp_path: Path) -> None:
        cut_out = result_of(calls, asked_of("stable-image-remove-background", Operation.REMOVE_BACKGROUND, tmp_path))
        assert (cut_out.mode, cut_out.size) == ("RGBA", SIZE)
        assert cut_out.getchannel("A").getextrema() == (0, 255)

    @pytest.mark.parametrize(
        ("model", "pixels"),
        [
            ("stable-image-upscale-fast", SIZE[0] * SIZE[1] * 16),
            ("stable-image-upscale-conservative", 2048 * 2048),
        ],
    )
    def test_an_upscale_has_the_vendors_own_size(self, calls: Calls, model: str, pixels: int, tmp_path: Path) -> None:
        request = asked_of(model, Operation.UPSCALE, tmp_path)
        large = result_of(calls, request)
        assert large.width * large.height == pytest.approx(pixels, rel=0.02)
        assert large.width / large.height == pytest.approx(SIZE[0] / SIZE[1], rel=0.02)
        again = large.resize(SIZE, Image.Resampling.LANCZOS)
        assert max(ImageChops.difference(again, sent_in(request)).tobytes()) < 16

    def test_a_picture_takes_the_colours_of_its_style(self, calls: Calls, tmp_path: Path) -> None:
        for model in ("stable-image-control-style", "stable-image-style-transfer"):
            close, far = (
                result_of(calls, asked_of(model, Operation.IMAGE_TO_IMAGE, tmp_path, strength=strength))
                for strength in ((0.0, 1.0) if model.endswith("control-style") else (1.0, 0.0))
            )
            assert distance(close, STYLE) < distance(far, STYLE)

    def test_a_masked_picture_of_the_engine_keeps_the_rest(self, calls: Calls, tmp_path: Path) -> None:
        inputs = tuple(media(role, (1024, 1024), tmp_path) for role in ("image", "mask"))
        request = asked_of(ENGINE, Operation.INPAINT, tmp_path, inputs=inputs, options={})
        edited, image = result_of(calls, request), sent_in(request)
        assert same(edited, image, (512, 0, 1024, 1024)) and not same(edited, image, (0, 0, 512, 1024))
