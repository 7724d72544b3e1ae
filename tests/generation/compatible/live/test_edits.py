"""Edits and variations by the unmodified official Python client, drawn by OpenAI on loopback."""

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest
import requests
from openai import OpenAI
from PIL import Image, ImageDraw

from billing.models import ProviderCost
from gencraft_media.generation.models import GenerationJob
from tests.generation.compatible.live.conftest import ClientMaker
from tests.generation.compatible.live.cut_line import Cut, Line, line_to
from tests.generation.compatible.live.test_official_client import opened
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right
from tests.running_engine import RunningEngine
from tests.vendors.openai.forms import parts_of
from tests.vendors.openai.server import Server

GPT = "gpt-image-2"
SIZE = (1024, 1024)
BLUE = (0, 0, 255)
INSIDE, OUTSIDE = (512, 512), (10, 10)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def picture() -> bytes:
    return png(Image.new("RGB", SIZE, BLUE))


@pytest.fixture(scope="module")
def mask() -> bytes:
    """Transparent in the middle, which is to be edited."""
    image = Image.new("RGBA", SIZE, "black")
    ImageDraw.Draw(image).rectangle((256, 256, 768, 768), fill=(0, 0, 0, 0))
    return png(image)


@pytest.fixture
def line(engine: RunningEngine) -> Iterator[Line]:
    with line_to(engine.url) as line:
        yield line


def the_job(alice: Tenant) -> GenerationJob:
    return GenerationJob.objects.get(project=alice.project)


def sent_to(vendor: Server) -> tuple[list[str], dict[str, str]]:
    """The names of the files in the last request, and its fields."""
    parts = parts_of(vendor.received[-1])
    fields = {part.name: part.content.decode() for part in parts if part.filename is None}
    return [part.name for part in parts if part.filename is not None], fields


def asked_in_json(engine: RunningEngine, alice: Tenant, **body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {alice.token}"}
    document = {"model": GPT, "prompt": "A red boat", "quality": "low", **body}
    return requests.post(f"{engine.url}/v1/images/edits", json=document, headers=headers, timeout=60)


def data_url(content: bytes) -> dict[str, str]:
    return {"image_url": f"data:image/png;base64,{base64.b64encode(content).decode()}"}


def assert_only_the_middle_changed(b64_json: str | None) -> None:
    result = opened(b64_json)
    assert (result.format, result.size) == ("PNG", SIZE)
    assert (result.getpixel(OUTSIDE), result.getpixel(INSIDE) != BLUE) == (BLUE, True)


def test_a_mask_lets_the_picture_change_only_where_it_is_transparent(
    client: OpenAI, alice: Tenant, vendor: Server, picture: bytes, mask: bytes
) -> None:
    raw = client.images.with_raw_response.edit(
        model=GPT, image=picture, mask=("mask.png", mask, "image/png"), prompt="A red boat", quality="low"
    )
    answer = raw.parse()
    assert answer.data is not None
    assert_only_the_middle_changed(answer.data[0].b64_json)
    files, fields = sent_to(vendor)
    assert (files, fields["prompt"], fields["size"]) == (["image[]", "mask"], "A red boat", "1024x1024")
    job = the_job(alice)
    assert (job.operation, job.status) == ("inpaint", "completed")
    assert raw.headers["x-gencraft-cost-credits"] == str(job.credits_charged) == "2"
    # The vendor's count differs from the quote by the three tokens of the prompt.
    assert ProviderCost.objects.get(job_id=job.pk).amount - job.quoted_provider_cost == 3 * Decimal("0.000005")


def test_several_pictures_become_one_in_the_format_and_size_asked_for(
    client: OpenAI, alice: Tenant, vendor: Server, picture: bytes
) -> None:
    answer = client.images.edit(
        model=GPT,
        image=[("a.png", picture, "image/png"), picture, picture],
        prompt="All three in one",
        size="1536x1024",
        quality="low",
        n=2,
        output_format="jpeg",
        input_fidelity="high",
        background="opaque",
        user="nora",
    )
    assert answer.data is not None and len(answer.data) == 2
    result = opened(answer.data[0].b64_json)
    assert (result.format, result.size) == ("JPEG", (1536, 1024))
    files, fields = sent_to(vendor)
    assert (files, fields["n"], fields["background"]) == (["image[]"] * 3, "2", "opaque")
    job = the_job(alice)
    assert (job.operation, job.batch_size) == ("image-to-image", 2)
    changes = (answer.model_extra or {})["gencraft"]["adaptations"]
    assert {change["field"]: change["used"] for change in changes} == {"input_fidelity": None}


def test_a_mask_of_another_size_or_without_a_part_to_edit_is_refused(
    client: OpenAI, alice: Tenant, vendor: Server, picture: bytes
) -> None:
    received = len(vendor.received)
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(model=GPT, image=picture, mask=png(Image.new("RGBA", (64, 64))), prompt="A red boat")
    assert (caught.value.code, caught.value.param) == ("invalid_value", "mask")
    # Nobody has looked into the mask before there is a job. White says nothing here, as at OpenAI.
    with pytest.raises(openai.APIStatusError) as seen:
        client.images.edit(model=GPT, image=picture, mask=png(Image.new("RGBA", SIZE, "white")), prompt="A red boat")
    assert (seen.value.status_code, seen.value.code) == (424, "input_unusable")
    assert (the_job(alice).credits_charged, len(vendor.received)) == (0, received)


def test_a_stream_sends_real_previews_of_the_edit_and_then_the_picture(
    client: OpenAI, vendor: Server, picture: bytes, mask: bytes
) -> None:
    with client.images.edit(
        model=GPT, image=picture, mask=mask, prompt="A red boat", quality="low", stream=True, partial_images=2
    ) as stream:
        events = list(stream)
    assert [event.type for event in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    assert [event.partial_image_index for event in events if event.type == "image_edit.partial_image"] == [0, 1]
    assert {opened(event.b64_json).size for event in events} == {SIZE}
    assert len({event.b64_json for event in events}) == 3
    assert_only_the_middle_changed(events[-1].b64_json)


def test_json_brings_pictures_as_data_urls_and_as_addresses(
    engine: RunningEngine, alice: Tenant, client: OpenAI, picture: bytes, mask: bytes
) -> None:
    answer = asked_in_json(engine, alice, images=[data_url(picture)], mask=data_url(mask))
    assert answer.status_code == 200, answer.text
    assert_only_the_middle_changed(answer.json()["data"][0]["b64_json"])
    drawn = client.images.generate(model="sim/standard", prompt="A lighthouse", size="512x512")
    assert drawn.data is not None
    answer = asked_in_json(engine, alice, images=[{"image_url": drawn.data[0].url}, data_url(picture)])
    assert answer.status_code == 200, answer.text


def test_a_variation_comes_by_address_under_the_only_name_that_ever_made_them(
    client: OpenAI, alice: Tenant, vendor: Server, picture: bytes
) -> None:
    with pytest.deprecated_call():
        answer = client.images.create_variation(image=picture, model="dall-e-2", n=2, size="512x512")
    assert answer.data is not None and len({one.url for one in answer.data}) == 2
    address = answer.data[0].url
    assert address is not None
    result = Image.open(io.BytesIO(requests.get(address, timeout=10).content))
    assert (result.format, result.size) == ("WEBP", (512, 512))
    assert sent_to(vendor)[1]["prompt"].startswith("Make a variation")
    assert (the_job(alice).operation, the_job(alice).model) == ("variation", "gpt-image-2.5-flare")


def test_an_edit_whose_line_breaks_makes_one_job(
    alice: Tenant, client_of: ClientMaker, line: Line, vendor: Server, picture: bytes
) -> None:
    received = len(vendor.received)
    # A repetition is another body: the boundary between its parts is drawn anew.
    line.plan, line.when = [Cut.WAITING], GenerationJob.objects.filter(project=alice.project).exists
    client = client_of(alice.token, base_url=f"{line.url}/v1")
    answer = client.images.edit(model=GPT, image=picture, prompt="A red boat", quality="low")
    assert answer.data and line.retry_counts == ["0", "1"]
    assert the_job(alice).status == "completed"
    assert len(vendor.received) == received + 1
    assert_books_are_right()


def test_a_key_means_the_same_pictures(client: OpenAI, alice: Tenant, picture: bytes, mask: bytes) -> None:
    def edit(image: bytes) -> Any:
        headers = {"Idempotency-Key": "hero-1"}
        return client.images.with_raw_response.edit(
            model=GPT, image=image, prompt="A red boat", quality="low", extra_headers=headers
        )

    first, second = edit(picture), edit(picture)
    assert first.parse().data == second.parse().data
    assert second.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(openai.BadRequestError) as caught:
        edit(mask)
    assert caught.value.code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("moderated", openai.BadRequestError, "moderation_blocked"),
        ("server-error", openai.APIStatusError, "outcome_unknown"),
    ],
)
def test_an_edit_that_fails_is_told_as_a_generation_is(
    client: OpenAI, alice: Tenant, picture: bytes, fault: str, kind: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        client.images.edit(model=GPT, image=picture, prompt=f"A boat [fault:{fault}]", quality="low")
    assert caught.value.code == code
    assert the_job(alice).credits_charged == 0
