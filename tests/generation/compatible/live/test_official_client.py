"""The unmodified official Python client, against a running engine."""

import base64
import io
import json
from typing import Literal

import openai
import pytest
import requests
from openai import OpenAI
from PIL import Image

from gencraft_media.generation.models import GenerationJob
from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine

SMALL = "128x128"


def opened(b64_json: str | None) -> Image.Image:
    """The picture in an answer."""
    assert b64_json is not None
    picture = Image.open(io.BytesIO(base64.b64decode(b64_json)))
    picture.load()
    return picture


def test_a_picture_comes_by_address_from_a_model_that_is_not_openais(client: OpenAI, alice: Tenant) -> None:
    answer = client.images.generate(model="sim/priced", prompt="A lighthouse at dawn", size=SMALL)
    assert answer.created > 1_700_000_000
    assert answer.data is not None and len(answer.data) == 1
    assert answer.data[0].b64_json is None and answer.data[0].revised_prompt is None
    assert answer.usage is None
    address = answer.data[0].url
    assert address is not None
    picture = Image.open(io.BytesIO(requests.get(address, timeout=10).content))
    assert (picture.format, picture.size) == ("WEBP", (128, 128))
    assert (answer.output_format, answer.size) == ("webp", SMALL)


def test_job_cost_and_model_stand_in_headers(client: OpenAI, alice: Tenant) -> None:
    raw = client.images.with_raw_response.generate(model="priced", prompt="A lighthouse", size=SMALL, n=2)
    job = GenerationJob.objects.get(project=alice.project)
    assert raw.headers["x-gencraft-job-id"] == str(job.pk)
    assert raw.headers["x-gencraft-cost-credits"] == str(job.credits_charged) == "8"
    assert raw.headers["x-gencraft-model"] == "sim/priced"
    assert raw.headers["x-gencraft-adaptations"] == ""
    assert raw.headers["x-should-retry"] == "false"
    assert raw.headers["x-request-id"]


@pytest.mark.parametrize(("kind", "name"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_a_picture_comes_as_base64_in_the_format_asked_for(
    client: OpenAI, kind: Literal["png", "jpeg", "webp"], name: str
) -> None:
    answer = client.images.generate(
        model="sim/standard",
        prompt="A lighthouse",
        size="192x128",
        response_format="b64_json",
        output_format=kind,
    )
    assert answer.data is not None
    picture = opened(answer.data[0].b64_json)
    assert (picture.format, picture.size) == (name, (192, 128))
    assert answer.output_format == kind


def test_a_picture_behind_an_address_has_the_format_asked_for(client: OpenAI) -> None:
    answer = client.images.generate(
        model="sim/standard",
        prompt="A lighthouse",
        size=SMALL,
        response_format="url",
        output_format="jpeg",
        output_compression=40,
    )
    assert answer.data is not None and answer.data[0].url is not None
    found = requests.get(answer.data[0].url, timeout=10)
    assert (found.headers["Content-Type"], Image.open(io.BytesIO(found.content)).format) == ("image/jpeg", "JPEG")
    assert answer.output_format == "jpeg"


def test_three_pictures_are_one_job_and_differ(client: OpenAI, alice: Tenant) -> None:
    answer = client.images.generate(
        model="sim/standard", prompt="A lighthouse", size=SMALL, n=3, response_format="b64_json"
    )
    assert answer.data is not None
    assert len({picture.b64_json for picture in answer.data}) == 3
    assert GenerationJob.objects.get(project=alice.project).batch_size == 3


def test_a_stream_gives_each_picture_as_an_event(client: OpenAI) -> None:
    events = list(
        client.images.generate(
            model="sim/standard", prompt="A lighthouse", size=SMALL, n=2, stream=True, partial_images=2
        )
    )
    assert [event.type for event in events] == ["image_generation.completed"] * 2
    assert {opened(event.b64_json).format for event in events} == {"PNG"}
    last = events[-1]
    assert last.type == "image_generation.completed"
    assert (str(last.size), last.output_format) == (SMALL, "png")
    assert last.model_dump()["usage"] is None
    assert last.created_at > 1_700_000_000


def test_a_silent_stream_gives_signs_of_life(engine: RunningEngine, alice: Tenant) -> None:
    answer = requests.post(
        f"{engine.url}/v1/images/generations",
        json={"model": "sim/slow", "prompt": "A lighthouse", "size": SMALL, "stream": True},
        headers={"Authorization": f"Bearer {alice.token}", "Accept": "text/event-stream"},
        timeout=60,
    )
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    job = GenerationJob.objects.get(project=alice.project)
    assert answer.headers["x-gencraft-job-id"] == str(job.pk)
    parts = answer.text.split("\n\n")
    assert parts.count(": still drawing") >= 3
    assert parts[-2:] == ["data: [DONE]", ""]
    [told] = [part for part in parts if part.startswith("event: ")]
    name, document = told.split("\n")
    assert name == "event: image_generation.completed"
    assert json.loads(document.removeprefix("data: "))["gencraft"]["jobId"] == str(job.pk)


def test_an_end_user_and_what_was_changed_are_written_down(client: OpenAI, alice: Tenant) -> None:
    answer = client.images.generate(
        model="sim/priced", prompt="A lighthouse", size=SMALL, quality="high", background="transparent", user="nora"
    )
    job = GenerationJob.objects.select_related("external_user").get(project=alice.project)
    assert job.external_user is not None and job.external_user.external_id == "nora"
    own = (answer.model_extra or {})["gencraft"]
    assert {change["field"]: change["used"] for change in own["adaptations"]} == {"quality": "hd", "background": None}
    assert (own["creditsCharged"], own["provider"], own["model"]) == (job.credits_charged, "sim", "sim/priced")


def test_models_are_listed_and_each_can_be_asked_for(client: OpenAI) -> None:
    listed = {model.id: model for model in client.models.list()}
    assert {model.owned_by for model in listed.values()} == {"openai", "sim"}
    assert listed["gpt-image-2"].created > 1_700_000_000
    # Nobody has entered a key for it.
    assert "flux-2-pro" not in listed
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("flux-2-pro")
    found = client.models.retrieve("sim/priced")
    assert (found.id, found.object, found.owned_by) == ("sim/priced", "model", "sim")
    assert found == listed["sim/priced"]
    assert {"text-to-image", "inpaint"} <= set((found.model_extra or {})["gencraft"]["operations"])
    assert client.models.retrieve("priced").id == "priced"
