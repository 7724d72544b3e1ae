"""The adapter at a server with OpenAI's image interface: what is taken, sent, refused and spoilt."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from providers.errors import (
    BrokenContract,
    Busy,
    Misconfigured,
    Moderated,
    OutcomeUnknown,
    OutputLost,
    ProviderError,
    Rejected,
)
from tests.vendors.custom_calling import CustomCalls, media, outputs_of, refusal_in
from tests.vendors.openai_compatible.server import Server

KIND = "openai-compatible"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(key="house-token") as server:
        yield server
        assert server.violations == []


@pytest.fixture
def calls(server: Server) -> CustomCalls:
    return CustomCalls(KIND, server, key="house-token")


def test_pictures_come_in_the_size_and_number_that_were_asked(calls: CustomCalls) -> None:
    outputs = outputs_of(calls.submit(count=3))
    sizes = [Image.open(io.BytesIO(output.content or b"")).size for output in outputs]
    assert sizes == [(256, 128)] * 3
    assert len({output.content for output in outputs}) == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("moderated", Moderated),
        ("bad-key", Misconfigured),
        ("unknown-model", Misconfigured),
        ("bad-input", Rejected),
        ("misfit", Rejected),
        ("rate-limited", Busy),
    ],
)
def test_a_refusal_says_what_to_do(calls: CustomCalls, fault: str, kind: type[ProviderError]) -> None:
    error = refusal_in(calls.submit(fault))
    assert (type(error).code, error.not_accepted) == (kind.code, True)
    assert error.vendor_text
    assert error.retry_after_s == (1.0 if fault == "rate-limited" else None)


def test_a_misfit_names_its_field_and_repeats_nothing_that_was_sent(calls: CustomCalls) -> None:
    assert refusal_in(calls.submit("misfit")).vendor_text == "body.size: Input should be WxH"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server-error", OutcomeUnknown),
        ("loading", OutcomeUnknown),
        ("hang-up", OutcomeUnknown),
        ("cut", OutcomeUnknown),
        ("page", BrokenContract),
        ("without-picture", BrokenContract),
    ],
)
def test_what_leaves_the_outcome_open_is_not_asked_for_again(
    calls: CustomCalls, fault: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind) as caught:
        calls.submit(fault)
    assert caught.value.not_accepted is False


def test_spoilt_answers_keep_what_is_sound(calls: CustomCalls, tmp_path: Path) -> None:
    assert [len(outputs_of(calls.submit(fault, count=2))) for fault in ("fewer", "none", "slow")] == [1, 0, 2]
    assert [type(output.error) for output in outputs_of(calls.submit("not-base64", count=2))] == [BrokenContract] * 2
    [output] = outputs_of(calls.submit("wrong-size"))
    assert Image.open(io.BytesIO(output.content or b"")).size == (128, 32)


def test_an_address_without_a_host_is_the_servers_own_and_fetched_with_the_key(
    calls: CustomCalls, server: Server, tmp_path: Path
) -> None:
    [output] = outputs_of(calls.submit("relative-url"))
    assert output.url.startswith(f"http://127.0.0.1:{server.port}/generated-images/")
    assert Image.open(io.BytesIO(calls.fetched(output, tmp_path))).size == (256, 128)
    [lost] = outputs_of(calls.submit("lost-output"))
    with pytest.raises(OutputLost):
        calls.fetched(lost, tmp_path)


def test_the_key_is_shown_to_the_server_alone(calls: CustomCalls) -> None:
    own = f"http://127.0.0.1:{calls.server.port}/generated-images/1.png"
    others = ("https://storage.example/1.png", "http://127.0.0.1:9/1.png", f"https://127.0.0.1:{calls.server.port}/1")
    assert calls.adapter.shows_key_to(own)
    assert not any(calls.adapter.shows_key_to(url) for url in others)


def test_an_edit_is_a_form_and_changes_what_the_mask_leaves_open(calls: CustomCalls, tmp_path: Path) -> None:
    mask = Image.new("RGBA", (256, 128), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, 128, 128))
    content = io.BytesIO()
    mask.save(content, "PNG")
    inputs = (media(tmp_path, "image"), media(tmp_path, "mask", content=content.getvalue()))
    [output] = outputs_of(calls.submit(operation="inpaint", inputs=inputs))
    made = Image.open(io.BytesIO(output.content or b"")).convert("RGB")
    given = Image.open(inputs[0].path).convert("RGB")
    assert made.getpixel((200, 64)) == given.getpixel((200, 64))
    assert made.getpixel((60, 64)) != given.getpixel((60, 64))


def test_several_pictures_go_as_a_list(calls: CustomCalls, server: Server, tmp_path: Path) -> None:
    inputs = (media(tmp_path, "image"), media(tmp_path, "style"))
    outputs_of(calls.submit(operation="image-to-image", inputs=inputs))
    assert server.received[-1].body.count(b'name="image[]"') == 2


def test_without_the_key_nothing_is_made(server: Server) -> None:
    assert isinstance(refusal_in(CustomCalls(KIND, server).submit()), Misconfigured)
