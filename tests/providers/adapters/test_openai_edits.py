"""OpenAI's edits over a real socket: what is sent, what comes back of it, and what it cost."""

import dataclasses
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from providers.adapters.openai import OpenAiAdapter
from providers.errors import OptionUnsupported
from providers.types import Finished, GenerationRequest, InputMedia, Partial, Refused
from tests.vendors.openai.calling import PLAIN, Calls, calls_to_openai
from tests.vendors.openai.forms import Part, parts_of
from tests.vendors.openai.tokens import image_tokens

SIZE = (1024, 1024)
BLUE = (0, 0, 255)
# Of the picture: where the mask lets it change.
INSIDE, OUTSIDE = (512, 512), (10, 10)


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_openai() as running:
        yield running


@pytest.fixture
def picture(tmp_path: Path) -> InputMedia:
    path = tmp_path / "picture.png"
    Image.new("RGB", SIZE, BLUE).save(path)
    return InputMedia("image", path, "image/png", *SIZE)


@pytest.fixture
def mask(tmp_path: Path) -> InputMedia:
    """Transparent, which is to be edited, in a square in the middle."""
    path, image = tmp_path / "mask.png", Image.new("RGBA", SIZE, "white")
    ImageDraw.Draw(image).rectangle((256, 256, 768, 768), fill=(0, 0, 0, 0))
    image.save(path)
    return InputMedia("mask", path, "image/png", *SIZE)


def finished(outcome: object) -> Finished:
    assert isinstance(outcome, Finished)
    return outcome


def opened(outcome: Finished, index: int = 0) -> Image.Image:
    content = outcome.outputs[index].content
    assert content is not None
    return Image.open(io.BytesIO(content))


def parts(calls: Calls) -> list[Part]:
    return parts_of(calls.server.received[-1])


def fields(calls: Calls) -> dict[str, str]:
    return {part.name: part.content.decode() for part in parts(calls) if part.filename is None}


def edit(operation: str, *inputs: InputMedia, prompt: str = "a red boat") -> GenerationRequest:
    return dataclasses.replace(PLAIN, operation=operation, inputs=inputs, prompt=prompt)


class TestWhatIsSent:
    def test_an_edit_is_a_form_that_says_all_there_is_to_say(self, calls: Calls, picture: InputMedia) -> None:
        calls.submit(operation="image-to-image", inputs=(picture,), count=2, options={"background": "opaque"})
        assert calls.server.received[-1].path == "/v1/images/edits"
        assert fields(calls) == {
            "model": PLAIN.model,
            "prompt": PLAIN.prompt,
            "n": "2",
            "size": "1024x1024",
            "quality": "low",
            "background": "opaque",
            "output_format": "png",
        }
        assert calls.server.violations == []

    def test_pictures_keep_their_order_and_the_style_is_the_last_one(
        self, calls: Calls, picture: InputMedia, tmp_path: Path
    ) -> None:
        others = []
        for role, shade in (("style", 9), ("image", 7)):
            path = tmp_path / f"{role}.jpeg"
            Image.new("L", (64, 48), shade).save(path)
            others.append(InputMedia(role, path, "image/jpeg", 64, 48))
        calls.submit(operation="image-to-image", inputs=(picture, *others))
        sent = [part for part in parts(calls) if part.filename is not None]
        assert [(part.name, part.content_type) for part in sent] == [
            ("image[]", "image/png"),
            ("image[]", "image/jpeg"),
            ("image[]", "image/jpeg"),
        ]
        files = [picture.path.read_bytes(), others[1].path.read_bytes(), others[0].path.read_bytes()]
        assert [part.content for part in sent] == files
        prompt = fields(calls)["prompt"]
        assert prompt.startswith(PLAIN.prompt) and "style from the last" in prompt
        assert calls.server.violations == []

    def test_without_a_style_the_prompt_is_the_clients_own(self, picture: InputMedia) -> None:
        built = OpenAiAdapter(PLAIN.model).build_submit(edit("image-to-image", picture))
        assert built.form is not None and built.form["prompt"] == "a red boat"

    @pytest.mark.parametrize(("prompt", "lines"), [("", 1), ("with more sky", 2)])
    def test_a_variation_is_an_edit_whose_prompt_says_so(
        self, calls: Calls, picture: InputMedia, prompt: str, lines: int
    ) -> None:
        calls.submit(operation="variation", inputs=(picture,), prompt=prompt)
        said = fields(calls)["prompt"].split("\n")
        assert (len(said), said[0].startswith("Make a variation of this picture")) == (lines, True)
        assert said[1:] == ([prompt] if prompt else [])
        assert calls.server.violations == []

    def test_previews_are_asked_for_as_of_a_picture_from_text(self, picture: InputMedia) -> None:
        asked = dataclasses.replace(edit("variation", picture), options={"partialImages": 2})
        built = OpenAiAdapter(PLAIN.model).build_submit(asked)
        assert built.form is not None
        assert (built.streamed, built.form["stream"], built.form["partial_images"]) == (True, "true", "2")

    @pytest.mark.parametrize("count", [0, 17])
    def test_more_pictures_than_the_vendor_takes_are_not_sent(self, picture: InputMedia, count: int) -> None:
        with pytest.raises(OptionUnsupported, match="1 to 16"):
            OpenAiAdapter(PLAIN.model).build_submit(edit("image-to-image", *[picture] * count))
        OpenAiAdapter(PLAIN.model).build_submit(edit("image-to-image", *[picture] * 16))

    @pytest.mark.parametrize("operation", ["outpaint", "upscale", "remove-background"])
    def test_what_the_vendor_has_no_operation_for_is_refused(self, picture: InputMedia, operation: str) -> None:
        with pytest.raises(OptionUnsupported, match=operation):
            OpenAiAdapter(PLAIN.model).build_submit(edit(operation, picture))


class TestTheResult:
    def test_a_mask_lets_only_its_transparent_part_change(
        self, calls: Calls, picture: InputMedia, mask: InputMedia
    ) -> None:
        result = opened(finished(calls.submit(operation="inpaint", inputs=(picture, mask))))
        assert (result.size, result.mode, result.getpixel(OUTSIDE)) == (SIZE, "RGB", BLUE)
        assert result.getpixel(INSIDE) != BLUE
        assert calls.server.violations == []

    def test_without_a_mask_all_of_it_changes(self, calls: Calls, picture: InputMedia) -> None:
        result = opened(finished(calls.submit(operation="image-to-image", inputs=(picture,), width=1536)))
        assert result.size == (1536, 1024)
        assert BLUE not in {result.getpixel(OUTSIDE), result.getpixel(INSIDE)}

    def test_a_transparent_background_comes_back_as_one(self, calls: Calls, picture: InputMedia) -> None:
        options = {"background": "transparent"}
        result = opened(finished(calls.submit(operation="image-to-image", inputs=(picture,), options=options)))
        corner = result.getpixel((0, 0))
        assert result.mode == "RGBA" and isinstance(corner, tuple) and corner[3] == 0

    def test_several_results_differ(self, calls: Calls, picture: InputMedia) -> None:
        outcome = finished(calls.submit(operation="variation", inputs=(picture,), count=2))
        assert len({output.content for output in outcome.outputs}) == 2

    @pytest.mark.parametrize("count", [1, 2])
    def test_its_cost_counts_the_tokens_of_what_was_sent(self, calls: Calls, picture: InputMedia, count: int) -> None:
        asked = calls.submit(operation="image-to-image", inputs=(picture, picture), count=count, prompt="x" * 400)
        cost = finished(asked).cost
        drawn, sent = image_tokens(PLAIN.model, "low", *SIZE), 2 * 32 * 32
        assert cost == count * (drawn * Decimal("0.00003") + sent * Decimal("0.000008")) + 100 * Decimal("0.000005")


class TestStreams:
    def test_previews_come_first_and_then_the_edited_picture(
        self, calls: Calls, picture: InputMedia, mask: InputMedia
    ) -> None:
        chunks = calls.stream(partial_images=2, operation="inpaint", inputs=(picture, mask))
        *partials, last = OpenAiAdapter(PLAIN.model).parse_stream(chunks)
        assert [partial.index for partial in partials if isinstance(partial, Partial)] == [0, 1]
        assert isinstance(last, Finished) and last.cost is not None
        assert opened(last).getpixel(OUTSIDE) == BLUE
        assert calls.server.violations == []

    def test_a_refusal_in_the_stream_is_one(self, calls: Calls, picture: InputMedia) -> None:
        chunks = calls.stream("x [fault:stream-moderated]", operation="image-to-image", inputs=(picture,))
        [_, refusal] = OpenAiAdapter(PLAIN.model).parse_stream(chunks)
        assert isinstance(refusal, Refused) and refusal.error.code == "moderated"
