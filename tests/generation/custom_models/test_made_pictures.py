"""From the operator's one request to delivered and charged pictures of the model, by name and by choice."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from billing.models import MediaUsage
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.calls import transport
from providers.kinds import AUTOMATIC1111, OPENAI_COMPATIBLE
from tests.factories import api_client, make_key, make_project, make_super_admin
from tests.generation.custom_models.bodies import ROUTE, body
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.vendors.automatic1111.server import Server

LOGIN = "sam:word-of-the-box"


@pytest.fixture
def operator(engine: None) -> APIClient:
    """Sam, in an engine that works."""
    return api_client(make_key(make_project(make_super_admin()), scopes=["admin"])[1])


@pytest.fixture
def box(engine: None, settings: Settings) -> Iterator[Server]:
    """A server with one card, on this machine."""
    transport.cache_clear()
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with Server(key=LOGIN) as server:
        yield server
    transport.cache_clear()


def make(operator: APIClient, box: Server, **changes: Any) -> None:
    answer = operator.post(ROUTE, body(AUTOMATIC1111, baseUrl=box.url, apiKey=LOGIN, **changes))
    assert answer.status_code == 201, answer.content.decode()
    forget_remembered()


def test_a_picture_of_a_custom_model_is_made_told_and_charged(alice: Tenant, operator: APIClient, box: Server) -> None:
    make(operator, box, prices=[{"amount": "0.02"}])
    job = drive(alice.start("house-style", provider="gpu-box", prompt="A lamp", width=128, height=128))
    assert (job.status, job.provider, job.model, job.credits_charged) == ("completed", "gpu-box", "house-style", 2)
    assert job.receipt["chosen"] == {"provider": "gpu-box", "model": "house-style"}
    usage = MediaUsage.objects.get(job_id=job.pk)
    assert (usage.provider, usage.model, usage.cost) == ("gpu-box", "house-style", Decimal("0.02"))
    [asked] = [one.json() for one in box.received if one.path.endswith("txt2img")]
    assert asked["prompt"] == "A lamp, hsstyle <lora:house-lora:0.8>"
    assert asked["override_settings"] == {"sd_model_checkpoint": "house.safetensors"}
    assert box.violations == []


def test_custom_as_a_provider_means_all_of_them_and_the_cheapest_is_chosen(
    alice: Tenant, operator: APIClient, box: Server
) -> None:
    make(operator, box, prices=[{"amount": "0.02"}])
    make(operator, box, provider="second-box", prices=[{"amount": "0.01"}])
    assert operator.post(ROUTE, body(OPENAI_COMPATIBLE, routable=False)).status_code == 201
    forget_remembered()
    job = drive(alice.start(None, provider="custom", strategy="cheapest", width=128, height=128))
    assert (job.status, job.provider) == ("completed", "second-box")
    assert [one["provider"] for one in job.receipt["candidates"]] == ["second-box", "gpu-box"]


def test_what_the_operator_takes_out_of_use_is_refused_by_name(alice: Tenant, operator: APIClient, box: Server) -> None:
    make(operator, box)
    job = alice.start("house-style", provider="gpu-box", width=128, height=128)
    operator.delete(f"{ROUTE}/gpu-box/house-style")
    forget_remembered()
    refused = alice.ask("house-style", provider="gpu-box")
    assert refused.status_code in (404, 422), refused.content.decode()
    # What was taken in is still made.
    assert drive(job).status == "completed"
