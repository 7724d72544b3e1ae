"""The adapter at AUTOMATIC1111: what is taken, sent, refused, broken off and spoilt."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from providers.errors import BrokenContract, Busy, Misconfigured, OutcomeUnknown, ProviderError, Rejected
from providers.self_hosted import GenerationFailed, MemoryExhausted
from tests.vendors.automatic1111.server import Server
from tests.vendors.custom_calling import CustomCalls, media, outputs_of, refusal_in

KIND = "automatic1111"
KEY = "house:secret-of-the-house"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(key=KEY) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def calls(server: Server) -> CustomCalls:
    return CustomCalls(KIND, server, key=KEY)


def opened(content: bytes | None) -> Image.Image:
    return Image.open(io.BytesIO(content or b"")).convert("RGB")


@pytest.mark.parametrize("fault", ["", "grid"])
def test_a_batch_has_its_seeds_and_no_sheet_of_all(calls: CustomCalls, fault: str) -> None:
    outputs = outputs_of(calls.submit(fault, count=3))
    assert [output.seed for output in outputs] == [7, 8, 9]
    assert [opened(output.content).size for output in outputs] == [(256, 128)] * 3


def test_without_a_seed_the_servers_own_is_told(calls: CustomCalls) -> None:
    assert [output.seed for output in outputs_of(calls.submit(seed=None, count=2))] == [4711, 4712]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("bad-key", Misconfigured),
        ("no-api", Misconfigured),
        ("not-installed", Rejected),
        ("invalid", Rejected),
        ("busy", Busy),
        ("out-of-memory", MemoryExhausted),
        ("cuda-memory", MemoryExhausted),
        ("exception", GenerationFailed),
    ],
)
def test_a_refusal_says_what_to_do(calls: CustomCalls, fault: str, kind: type[ProviderError]) -> None:
    error = refusal_in(calls.submit(fault))
    assert (isinstance(error, kind), error.code, error.not_accepted) == (True, kind.code, True)
    assert error.retryable is (kind is Busy)


def test_the_programs_own_words_are_kept_for_operators(calls: CustomCalls) -> None:
    assert refusal_in(calls.submit("exception")).vendor_text == (
        "NansException: A tensor with all NaNs was produced in Unet."
    )
    assert "CUDA" in refusal_in(calls.submit("out-of-memory")).vendor_text


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("bad-gateway", OutcomeUnknown),
        ("server-error", OutcomeUnknown),
        ("hang-up", OutcomeUnknown),
        ("cut", OutcomeUnknown),
        ("page", BrokenContract),
        ("no-info", BrokenContract),
    ],
)
def test_what_leaves_the_outcome_open_is_not_asked_for_again(
    calls: CustomCalls, fault: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind) as caught:
        calls.submit(fault)
    assert caught.value.not_accepted is False


def test_spoilt_answers_keep_what_is_sound(calls: CustomCalls) -> None:
    assert [len(outputs_of(calls.submit(fault, count=2))) for fault in ("fewer", "none", "slow")] == [1, 0, 2]
    assert [type(output.error) for output in outputs_of(calls.submit("not-base64"))] == [BrokenContract]
    # What the filter blackened, and what has another size, is measured after it has come.
    assert opened(outputs_of(calls.submit("black"))[0].content).getextrema() == ((0, 0),) * 3
    assert opened(outputs_of(calls.submit("wrong-size"))[0].content).size == (128, 32)


def test_only_what_the_mask_shows_white_is_painted_anew(calls: CustomCalls, tmp_path: Path) -> None:
    mask = Image.new("L", (256, 128), 0)
    mask.paste(255, (0, 0, 128, 128))
    content = io.BytesIO()
    mask.save(content, "PNG")
    inputs = (media(tmp_path, "image"), media(tmp_path, "mask", content=content.getvalue()))
    [output] = outputs_of(calls.submit(operation="inpaint", inputs=inputs, strength=0.6))
    made, given = opened(output.content), Image.open(inputs[0].path).convert("RGB")
    assert made.getpixel((200, 64)) == given.getpixel((200, 64))
    assert made.getpixel((60, 64)) != given.getpixel((60, 64))


def test_a_picture_is_enlarged_by_its_factor(calls: CustomCalls, tmp_path: Path) -> None:
    inputs = (media(tmp_path, "image"),)
    [output] = outputs_of(calls.submit(operation="upscale", prompt="", seed=None, factor=4, inputs=inputs))
    assert (opened(output.content).size, output.seed) == ((1024, 512), None)


def test_the_checkpoint_the_loras_and_the_operators_words_are_said(calls: CustomCalls, server: Server) -> None:
    calls.submit(negative_prompt="fog", options={"steps": 12, "cfgScale": 6.5, "attempt_number": 1})
    sent = server.received[-1].json()
    assert sent["prompt"] == "a lighthouse at dawn, hsstyle <lora:house-style:0.8>"
    assert sent["negative_prompt"] == "watermark, fog"
    assert (sent["steps"], sent["cfg_scale"], sent["sampler_name"]) == (12, 6.5, "DPM++ 2M")
    assert sent["override_settings"] == {"sd_model_checkpoint": "house.safetensors"}


def test_a_wrong_password_makes_nothing(server: Server) -> None:
    assert isinstance(refusal_in(CustomCalls(KIND, server, key="house:wrong").submit()), Misconfigured)
