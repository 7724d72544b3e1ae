"""The loopback vendor looks at the files of an edit as strictly as the vendor does."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from tests.vendors.openai.limits import MASK_BYTES
from tests.vendors.openai.server import Server

FIELDS = {"model": "gpt-image-2", "prompt": "a boat", "size": "1024x1024"}
Files = list[tuple[str, tuple[Any, ...]]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def file(mode: str = "RGB", size: tuple[int, int] = (64, 64), kind: str = "PNG", *, sent_as: str = "") -> Any:
    content = io.BytesIO()
    Image.new(mode, size).save(content, kind)
    return ("picture", content.getvalue(), sent_as or f"image/{kind.lower()}")


def ask(server: Server, files: Files, **fields: str) -> tuple[int, str | None]:
    """Status, and the field that the vendor complains of."""
    parts = [(name, (None, text)) for name, text in {**FIELDS, **fields}.items()]
    server.violations.clear()
    headers = {"Authorization": "Bearer sk-loopback"}
    answer = requests.post(f"{server.url}/images/edits", files=[*parts, *files], headers=headers, timeout=20)
    assert bool(server.violations) is (answer.status_code != 200)
    return answer.status_code, answer.json().get("error", {}).get("param")


PICTURE = ("image[]", file())


@pytest.mark.parametrize(
    "files",
    [
        [("image", file())],
        [PICTURE, ("image[]", file("L", (9, 9), "JPEG")), ("image[]", file(kind="WEBP"))],
        [PICTURE, ("mask", file("RGBA"))],
        [PICTURE] * 16,
    ],
)
def test_what_the_vendor_takes_is_taken(server: Server, files: Files) -> None:
    assert ask(server, files) == (200, None)


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([], "image"),
        ([PICTURE] * 17, "image"),
        ([("image", file())] * 2, "image"),
        ([("image", file()), PICTURE], "image"),
        ([("image[]", (None, "text"))], "image[]"),
        ([("image[]", ("a.png", b"no picture", "image/png"))], "image[]"),
        ([("image[]", file(kind="GIF"))], "image[]"),
        ([("image[]", file(sent_as="image/jpeg"))], "image[]"),
        ([PICTURE, ("mask", file("RGB"))], "mask"),
        ([PICTURE, ("mask", file("RGBA", (64, 63)))], "mask"),
        ([PICTURE, ("mask", file("RGB", kind="JPEG"))], "mask"),
        ([PICTURE, ("mask", file("RGBA")), ("mask", file("RGBA"))], "mask"),
        ([PICTURE, ("mask", ("m.png", b"x" * MASK_BYTES, "image/png"))], "mask"),
        ([PICTURE, ("prompt", file())], "prompt"),
    ],
)
def test_what_the_vendor_does_not_take_is_refused_by_name(server: Server, files: Files, field: str) -> None:
    assert ask(server, files) == (400, field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": "11"}, "n"),
        ({"n": "two"}, "n"),
        ({"moderation": "low"}, "document"),
        ({"stream": "yes"}, "stream"),
        ({"quality": "max"}, "quality"),
        ({"size": "1000x1000"}, "size"),
        ({"input_fidelity": "high"}, "input_fidelity"),
        ({"model": "gpt-image-1-mini", "input_fidelity": "high"}, "input_fidelity"),
        ({"background": "transparent", "output_format": "jpeg"}, "output_format"),
    ],
)
def test_fields_are_checked_as_in_a_document(server: Server, fields: dict[str, str], field: str) -> None:
    assert ask(server, [PICTURE], **fields) == (400, field)


def test_fidelity_is_a_choice_of_older_models(server: Server) -> None:
    assert ask(server, [PICTURE], model="gpt-image-1.5", input_fidelity="high") == (200, None)
    assert ask(server, [PICTURE], model="gpt-image-1-mini", input_fidelity="low") == (200, None)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n"),
    ],
)
def test_what_is_no_form_is_refused(server: Server, content_type: str, body: bytes) -> None:
    server.violations.clear()
    headers = {"Authorization": "Bearer sk-loopback", "Content-Type": content_type}
    answer = requests.post(f"{server.url}/images/edits", data=body, headers=headers, timeout=20)
    assert (answer.status_code, len(server.violations)) == (400, 1)
