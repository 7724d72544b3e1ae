"""Text becomes a picture by each vendor through production's programs, on PostgreSQL, Valkey and an S3 server."""

import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from PIL import Image
from pytest_django.plugin import DjangoDbBlocker

from assets.models import MediaAsset
from billing.models import ProviderCost
from tests.generation.tenants import Tenant, make_tenant
from tests.proofs import assert_books_are_right
from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.services.s3 import SECRET_KEY, Buckets
from tests.vendors.together import KEY, vendors_here

pytestmark = pytest.mark.services
PATIENCE_S = 150.0


@dataclass(frozen=True)
class Wish:
    """What a client asks for under a name of the specification, the model that draws it, and what that costs."""

    provider: str
    model: str
    width: int
    height: int
    drawn_by: str
    credits: int
    # What the vendor says it took, or the quote where it says nothing; US dollars.
    cost: Decimal
    fields: dict[str, str]


WISHES = (
    # Drawn with 672 x 992 pixels: 1,835 tokens at $30 for a million, and 5 of the prompt at $5.
    Wish("openai", "dall-e-3", 512, 768, "gpt-image-2.5-sunburst", 6, Decimal("0.055075"), {"quality": "hd"}),
    Wish("stability", "sd-3.0", 768, 512, "sd-3.5-large", 7, Decimal("0.065"), {}),
    Wish("flux", "flux-pro", 1536, 1536, "flux-pro-1.1", 4, Decimal("0.04"), {}),
)


def ask(engine: RunningEngine, alice: Tenant, wish: Wish) -> str:
    """The address of the accepted job."""
    body = {
        "provider": wish.provider,
        "model": wish.model,
        "operation": "text-to-image",
        "prompt": "A lighthouse at dawn",
        "width": wish.width,
        "height": wish.height,
        **wish.fields,
    }
    accepted = requests.post(f"{engine.url}/api/media/generate", json=body, headers=headers_of(alice), timeout=30)
    assert accepted.status_code == 202, accepted.text
    return urljoin(engine.url, accepted.headers["Location"])


def headers_of(alice: Tenant) -> dict[str, str]:
    return {"Authorization": f"Bearer {alice.token}"}


def completed(engine: RunningEngine, alice: Tenant, address: str) -> dict[str, Any]:
    """The job at its end."""

    def read() -> dict[str, Any]:
        job: dict[str, Any] = requests.get(address, headers=headers_of(alice), timeout=30).json()
        return job

    engine.wait_until(lambda: read()["completedAt"], timeout_s=PATIENCE_S, what="the picture")
    job = read()
    assert job["status"] == "completed", job["error"]
    return job


def assert_served(job: dict[str, Any], wish: Wish) -> None:
    """The picture is at its address, in the size that was asked for."""
    answer = requests.get(job["result"]["cdnUrl"], timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    with Image.open(io.BytesIO(answer.content)) as picture:
        picture.load()
        assert picture.size == (wish.width, wish.height)


def assert_charged(job: dict[str, Any], wish: Wish) -> None:
    """The client pays the quote of the model that drew, the vendor its own price."""
    assert (job["model"], job["cost"]["creditsCharged"]) == (wish.drawn_by, wish.credits)
    assert "model" in {change["field"] for change in job["adaptations"]}
    cost = ProviderCost.objects.get(job_id=job["id"])
    assert (cost.certainty, cost.amount) == ("confirmed", wish.cost)


def test_each_vendor_draws_a_picture_that_is_stored_served_and_charged(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path, s3: Buckets
) -> None:
    with django_db_blocker.unblock(), vendors_here(slow_s=0.5) as vendors:
        variables = {**s3.variables, **vendors.variables()}
        with running_engine(tmp_path, *ENGINE, **variables) as engine:
            alice = make_tenant()
            jobs = [(ask(engine, alice, wish), wish) for wish in WISHES]
            for address, wish in jobs:
                job = completed(engine, alice, address)
                assert_served(job, wish)
                assert_charged(job, wish)
            assert alice.account.available == 1000 - sum(wish.credits for wish in WISHES)
            assert MediaAsset.objects.count() == len(s3.keys(private=True)) == len(WISHES)
            assert [vendors.paid_requests(wish.provider, "A lighthouse") for wish in WISHES] == [1] * len(WISHES)
            assert vendors.violations() == []
            assert engine.deaths == {}
            assert not [secret for secret in (KEY, SECRET_KEY) if secret in engine.logs()]
            assert_books_are_right()
