"""Resampling over the engine's own transport: the picture that is sent comes back, byte for byte."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from providers.adapters.resample import ResampleAdapter
from providers.errors import OptionUnsupported
from providers.transport import ProviderTransport
from providers.types import Finished, GenerationRequest, HttpRequest, InputMedia, InputRole, Recovery
from tests.assets.drawn import scenery, written
from tests.providers.payloads import resample

ADAPTER = ResampleAdapter("resample/lanczos")
TRANSPORT = ProviderTransport()


def wanted(folder: Path, content: bytes, mime_type: str = "image/png") -> GenerationRequest:
    path = folder / "input-0"
    path.write_bytes(content)
    return replace(resample.REQUEST, inputs=(InputMedia(InputRole.IMAGE, path, mime_type, 320, 240),))


@pytest.mark.parametrize(("format", "mime_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_the_picture_comes_back_as_it_was_sent_however_often(tmp_path: Path, format: str, mime_type: str) -> None:
    content = written(scenery(), format)
    request = wanted(tmp_path, content, mime_type)
    for _ in range(2):
        answer = TRANSPORT.send(ADAPTER, ADAPTER.build_submit(request), account=None, paid=True)
        outcome = ADAPTER.parse_submitted(answer)
        assert isinstance(outcome, Finished)
        (output,) = outcome.outputs
        assert (output.index, output.content, output.mime_type) == (0, content, mime_type)


def test_a_large_picture_comes_back_whole(tmp_path: Path) -> None:
    content = resample.FINISHED + hashlib.shake_256(b"picture").digest(20_000_000)
    answer = TRANSPORT.send(ADAPTER, ADAPTER.build_submit(wanted(tmp_path, content)), account=None, paid=True)
    assert answer.body == content


def test_a_lost_answer_is_asked_for_again_under_the_same_key() -> None:
    assert ADAPTER.recovery is Recovery.IDEMPOTENT
    headers = [ADAPTER.build_submit(replace(resample.REQUEST, submission=number)).headers for number in (1, 2)]
    assert headers == [{"Idempotency-Key": resample.REQUEST.attempt_id}] * 2


def test_it_takes_exactly_one_picture(tmp_path: Path) -> None:
    request = wanted(tmp_path, b"")
    for inputs in ((), request.inputs * 2):
        with pytest.raises(OptionUnsupported):
            ADAPTER.build_submit(replace(request, inputs=inputs))


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (HttpRequest("POST", f"{ADAPTER.url}/upscales", json={"image": "x"}), 400, "malformed"),
        (HttpRequest("POST", f"{ADAPTER.url}/upscales", form={"image": "x"}, multipart=True), 400, "malformed"),
        (HttpRequest("GET", f"{ADAPTER.url}/upscales"), 404, "no_such_route"),
        (HttpRequest("POST", f"{ADAPTER.url}/other", json={}), 404, "no_such_route"),
    ],
)
def test_anything_else_is_answered_with_an_error(request_: HttpRequest, status: int, code: str) -> None:
    answer = TRANSPORT.send(ADAPTER, request_, account=None)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
