"""The loopback Stability AI looks at the pictures it is sent as the vendor does: sizes, shapes, parts, fields."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from tests.vendors.stability.server import Server

KEY = {"Authorization": "Bearer sk-loopback"}
ENGINE = "/v1/generation/stable-diffusion-xl-1024-v1-0/image-to-image"
Parts = dict[str, Any]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def file(width: int = 128, height: int = 128, *, mode: str = "RGB", kind: str = "PNG") -> tuple[str, bytes]:
    """A picture as a part of a form."""
    written = io.BytesIO()
    Image.new(mode, (width, height), 90).save(written, kind)
    return "a.file", written.getvalue()


def text(value: str) -> tuple[None, str]:
    """A field of a form."""
    return None, value


def post(server: Server, service: str, parts: Parts) -> requests.Response:
    path = service if service.startswith("/") else f"/v2beta/stable-image/{service}"
    return requests.post(server.url + path, headers={**KEY, "Accept": "image/*"}, files=parts, timeout=20)


PROMPT = {"prompt": text("a lighthouse")}
MASKED = {**PROMPT, "image": file(), "mask": file(mode="L")}
EXTENDED = {"image": file(), "left": text("64")}
ENGINE_TEXT = {"text_prompts[0][text]": text("a lighthouse")}


@pytest.mark.parametrize(
    ("service", "parts"),
    [
        ("generate/sd3", {**PROMPT, "mode": text("image-to-image"), "image": file(), "strength": text("0.5")}),
        ("generate/ultra", {**PROMPT, "image": file(kind="WEBP"), "strength": text("0")}),
        ("edit/inpaint", MASKED),
        ("edit/inpaint", {**PROMPT, "image": file(mode="RGBA")}),
        ("edit/erase", {"image": file(kind="JPEG"), "mask": file(64, 64, mode="L")}),
        ("edit/outpaint", EXTENDED),
        ("upscale/fast", {"image": file(32, 32)}),
        (ENGINE, {**ENGINE_TEXT, "init_image": file(1024, 1024)}),
    ],
)
def test_what_the_vendor_takes_is_taken(server: Server, service: str, parts: Parts) -> None:
    assert (post(server, service, parts).status_code, server.violations) == (200, [])


@pytest.mark.parametrize(
    ("service", "parts", "told"),
    [
        ("generate/sd3", {**PROMPT, "mode": text("image-to-image"), "image": file()}, "strength"),
        ("generate/sd3", {**PROMPT, "mode": text("image-to-image"), "strength": text("1")}, "image"),
        ("generate/sd3", {**PROMPT, "image": file(), "strength": text("0.5")}, "sd3"),
        (
            "generate/sd3",
            {**PROMPT, "mode": text("image-to-image"), "image": file(), "strength": text("0.5")}
            | {"aspect_ratio": text("1:1")},
            "sd3",
        ),
        ("generate/ultra", {**PROMPT, "image": file()}, "strength"),
        ("generate/ultra", {**PROMPT, "strength": text("0.5")}, "image"),
        ("generate/core", {**PROMPT, "image": file()}, "image"),
        ("edit/inpaint", {**MASKED, "image": file(63, 128)}, "image.width"),
        ("edit/inpaint", {**MASKED, "image": file(4096, 2305)}, "image.pixels"),
        ("edit/inpaint", {**PROMPT, "image": file()}, "mask"),
        ("edit/inpaint", {"image": file(), "mask": file(mode="L")}, "prompt"),
        ("edit/inpaint", {**MASKED, "grow_mask": text("101")}, "grow_mask"),
        ("edit/inpaint", {**MASKED, "image": text("https://example.com/a.png")}, "image"),
        ("edit/inpaint", {**MASKED, "image": ("a.png", b"<svg/>")}, "image: is not an image"),
        ("edit/inpaint", {**MASKED, "image": file(kind="GIF")}, "image.kind"),
        ("edit/erase", {"image": file(), "mask": file(mode="L"), **PROMPT}, "prompt"),
        ("edit/search-and-replace", {**PROMPT, "image": file()}, "search_prompt"),
        ("edit/outpaint", {**EXTENDED, "left": text("0")}, "outpaint"),
        ("edit/outpaint", {**EXTENDED, "left": text("2001")}, "left"),
        ("edit/outpaint", {**EXTENDED, "left": text("1.5")}, "left"),
        ("edit/outpaint", {**EXTENDED, "image": file(64, 161)}, "image.ratio"),
        ("edit/remove-background", {"image": file(), "output_format": text("jpeg")}, "output_format"),
        ("edit/remove-background", {"image": file(2049, 2048)}, "image.pixels"),
        ("control/structure", {**PROMPT, "image": file(), "control_strength": text("1.1")}, "control_strength"),
        ("control/style", {**PROMPT, "style_image": file()}, "image"),
        ("control/style-transfer", {"init_image": file()}, "style_image"),
        (
            "control/style-transfer",
            {"init_image": file(), "style_image": file(), "change_strength": text("0.05")},
            "change_strength",
        ),
        ("upscale/fast", {"image": file(1537, 64)}, "image.width"),
        ("upscale/fast", {"image": file(), **PROMPT}, "prompt"),
        ("upscale/conservative", {"image": file()}, "prompt"),
        ("upscale/conservative", {**PROMPT, "image": file(), "creativity": text("0.1")}, "creativity"),
        ("upscale/creative", {**PROMPT, "image": file(1025, 1024)}, "image.pixels"),
        (ENGINE, {**ENGINE_TEXT, "init_image": file(1000, 1000)}, "init_image"),
        (ENGINE, {"text_prompts[0][weight]": text("1"), "init_image": file(1024, 1024)}, "text"),
        (f"{ENGINE}/masking", {**ENGINE_TEXT, "init_image": file(1024, 1024)}, "mask_image"),
        (
            f"{ENGINE}/masking",
            {**ENGINE_TEXT, "init_image": file(1024, 1024), "mask_image": file(1152, 896, mode="L")}
            | {"mask_source": text("MASK_IMAGE_WHITE")},
            "dimensions",
        ),
    ],
)
def test_what_the_vendor_does_not_take_is_refused(server: Server, service: str, parts: Parts, told: str) -> None:
    answer = post(server, service, parts)
    assert (answer.status_code, answer.json()["name"]) == (400, "bad_request")
    assert told in str(answer.json()) and told in "; ".join(server.violations)


@pytest.mark.parametrize("service", ["edit/inpaint", "upscale/creative", "control/style-transfer"])
def test_a_json_body_is_refused(server: Server, service: str) -> None:
    path = f"{server.url}/v2beta/stable-image/{service}"
    answer = requests.post(path, headers=KEY, json={"prompt": "a lighthouse"}, timeout=20)
    assert (answer.status_code, "content-type" in str(answer.json())) == (400, True)


def test_a_filtered_edit_is_blurred_and_says_so_with_status_200(server: Server) -> None:
    server.script("moderated-output")
    answer = post(server, "edit/erase", {"image": file(), "mask": file(mode="L")})
    assert (answer.status_code, answer.headers["finish-reason"]) == (200, "CONTENT_FILTERED")
