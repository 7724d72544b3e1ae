"""Pictures through the engine from OpenAI's server on loopback: from text, and out of other pictures."""

import io
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from assets.storage import find_public_file
from gencraft_media.generation.models import GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.generation.vendors.conftest import KEY
from tests.vendors.openai.forms import parts_of
from tests.vendors.openai.server import Server

# No size that the models draw.
ODD = (1000, 700)
BLUE = (20, 40, 200)


def picture(image: Image.Image) -> SimpleUploadedFile:
    content = io.BytesIO()
    image.save(content, "PNG")
    return SimpleUploadedFile("picture.png", content.getvalue(), "image/png")


def edited(alice: Tenant, **fields: Any) -> GenerationJob:
    """The job of a request with files, at its end."""
    body = {"provider": "openai", "model": "gpt-image-2.5-flare", "prompt": "A lighthouse", **fields}
    answer = alice.client.post("/api/media/generate", body, format="multipart")
    assert answer.status_code == 202, answer.json()
    job = drive(GenerationJob.objects.get(pk=answer.json()["id"]))
    assert job.status == "completed", job.error
    return job


def delivered(job: GenerationJob) -> Image.Image:
    asset = job.items.select_related("asset").get().asset
    assert asset is not None
    path = find_public_file(asset.s3_key)
    assert isinstance(path, Path)
    with Image.open(path) as opened:
        return opened.convert("RGB")


def sent_in(server: Server) -> tuple[dict[str, str], list[tuple[str, Image.Image]]]:
    """The fields and the pictures of the last request."""
    parts = parts_of(server.received[-1])
    fields = {part.name: part.content.decode() for part in parts if part.filename is None}
    files: list[tuple[str, Image.Image]] = []
    for part in parts:
        if part.filename is not None:
            files.append((part.name, Image.open(io.BytesIO(part.content))))
    return fields, files


def is_nearly_blue(pixel: Any) -> bool:
    return all(abs(found - wanted) < 12 for found, wanted in zip(pixel, BLUE, strict=True))


def test_a_white_mask_becomes_the_vendors_and_the_result_has_the_size_of_the_picture(
    alice: Tenant, openai: Server
) -> None:
    mask = Image.new("L", ODD, 0)
    mask.paste(255, (0, 0, 500, 700))
    files = {"image": picture(Image.new("RGB", ODD, BLUE)), "mask": picture(mask)}
    job = edited(alice, operation="inpaint", maskMode="white", **files)
    fields, sent = sent_in(openai)
    assert [(name, image.size, image.mode) for name, image in sent] == [
        ("image[]", ODD, "RGB"),
        ("mask", ODD, "RGBA"),
    ]
    alpha = sent[1][1].getchannel("A")
    assert (alpha.getpixel((250, 350)), alpha.getpixel((750, 350))) == (0, 255)
    assert fields["size"] == "992x704"
    result = delivered(job)
    assert result.size == ODD
    assert is_nearly_blue(result.getpixel((800, 350))) and not is_nearly_blue(result.getpixel((200, 350)))
    assert openai.violations == []


def test_a_style_reference_is_the_last_picture_and_what_is_not_taken_is_told(alice: Tenant, openai: Server) -> None:
    shades = Image.linear_gradient("L").resize(ODD)
    files = {"image": picture(Image.new("RGB", ODD, BLUE)), "styleReference": picture(shades)}
    job = edited(alice, operation="image-to-image", strength="0.4", background="transparent", **files)
    fields, sent = sent_in(openai)
    assert [(name, image.size) for name, image in sent] == [("image[]", ODD)] * 2
    first, last = (image.convert("RGB").getpixel((500, 350)) for _, image in sent)
    assert is_nearly_blue(first) and not is_nearly_blue(last)
    assert "style from the last of the pictures" in fields["prompt"]
    assert fields["background"] == "transparent"
    assert {change["field"] for change in job.adaptations} == {"strength"}
    assert openai.violations == []


def test_a_request_under_the_specifications_name_is_drawn_by_the_successor(alice: Tenant, openai: Server) -> None:
    job = drive(
        alice.start(
            "dall-e-3", provider="openai", prompt="A lighthouse", width=512, height=768, quality="hd", style="vivid"
        )
    )
    document = alice.show(job)
    [received] = openai.received
    sent = received.json()
    assert (document["status"], document["model"]) == ("completed", "gpt-image-2.5-sunburst")
    assert (sent["model"], sent["quality"], sent["n"]) == ("gpt-image-2.5-sunburst", "xhigh", 1)
    assert "vivid" in sent["prompt"]
    metadata = document["result"]["metadata"]
    assert (metadata["width"], metadata["height"]) == (512, 768)
    assert {"model", "size", "quality", "style"} <= {change["field"] for change in document["adaptations"]}
    assert received.headers["authorization"] == f"Bearer {KEY}"
    assert openai.violations == []
