"""OpenAI's own models through the engine: the same client, the same code, another address."""

from decimal import Decimal

import openai
import pytest
from openai import OpenAI

from gencraft_media.generation.models import GenerationJob
from tests.generation.compatible.live.test_official_client import opened
from tests.generation.tenants import Tenant
from tests.vendors.openai.server import Server


def test_a_gpt_image_name_is_answered_as_base64_png_without_being_asked(
    client: OpenAI, alice: Tenant, vendor: Server
) -> None:
    answer = client.images.generate(model="gpt-image-2", prompt="A lighthouse", size="1024x1024", quality="low")
    assert answer.data is not None
    picture = opened(answer.data[0].b64_json)
    assert (picture.format, picture.size) == ("PNG", (1024, 1024))
    assert answer.quality == "low"
    sent = vendor.received[-1].json()
    assert (sent["model"], sent["quality"], sent["size"]) == ("gpt-image-2", "low", "1024x1024")


def test_the_original_itself_is_the_answer_where_it_will_do(client: OpenAI, alice: Tenant) -> None:
    answer = client.images.generate(model="openai/gpt-image-2", prompt="A lighthouse", size="1024x1024", quality="low")
    assert answer.data is not None
    job = GenerationJob.objects.prefetch_related("items__asset").get(project=alice.project)
    asset = job.items.all()[0].asset
    assert asset is not None and answer.data[0].b64_json is not None
    assert len(answer.data[0].b64_json) == -(-asset.original_size // 3) * 4


def test_a_retired_name_leads_to_its_successor_and_says_so(client: OpenAI, alice: Tenant, vendor: Server) -> None:
    raw = client.images.with_raw_response.generate(
        model="dall-e-3", prompt="A lighthouse", size="1792x1024", quality="hd", style="natural"
    )
    answer = raw.parse()
    assert answer.data is not None and answer.data[0].url is not None
    assert answer.size == "1792x1024"
    assert raw.headers["x-gencraft-model"] == "openai/gpt-image-2.5-sunburst"
    assert {"model", "quality", "style"} <= set(raw.headers["x-gencraft-adaptations"].split(","))
    assert "natural" in vendor.received[-1].json()["prompt"]


def test_background_and_moderation_reach_a_model_that_takes_them(client: OpenAI, vendor: Server) -> None:
    client.images.generate(
        model="gpt-image-2", prompt="A lighthouse", quality="low", background="transparent", moderation="low"
    )
    sent = vendor.received[-1].json()
    assert (sent["background"], sent["moderation"]) == ("transparent", "low")


def test_real_previews_come_before_the_picture_and_are_paid_for(client: OpenAI, alice: Tenant, vendor: Server) -> None:
    with client.images.generate(
        model="gpt-image-2", prompt="A lighthouse", size="1024x1024", quality="low", stream=True, partial_images=2
    ) as stream:
        events = list(stream)
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.partial_image_index for event in events if event.type == "image_generation.partial_image"] == [0, 1]
    pictures = [opened(event.b64_json) for event in events]
    assert {picture.size for picture in pictures} == {(1024, 1024)}
    assert len({event.b64_json for event in events}) == 3
    assert vendor.received[-1].json()["partial_images"] == 2
    job = GenerationJob.objects.get(project=alice.project)
    plain = client.images.generate(model="gpt-image-2", prompt="A lighthouse", size="1024x1024", quality="low")
    cheaper = GenerationJob.objects.exclude(pk=job.pk).get(project=alice.project)
    assert plain.data
    assert job.quoted_provider_cost - cheaper.quoted_provider_cost == Decimal("0.006")


@pytest.mark.parametrize("fault", ["stream-moderated", "stream-unfinished", "cut"])
def test_a_stream_that_goes_wrong_after_a_preview_ends_with_an_error(client: OpenAI, alice: Tenant, fault: str) -> None:
    seen = []
    with pytest.raises(openai.APIError) as caught:
        for event in client.images.generate(
            model="gpt-image-2",
            prompt=f"A lighthouse [fault:{fault}]",
            size="1024x1024",
            quality="low",
            stream=True,
            partial_images=1,
        ):
            seen.append(event.type)
    assert seen == ["image_generation.partial_image"]
    assert caught.value.code == ("moderation_blocked" if fault == "stream-moderated" else "outcome_unknown")
    assert GenerationJob.objects.get(project=alice.project).credits_charged == 0
