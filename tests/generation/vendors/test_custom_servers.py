"""An operator's own servers through the engine: from a request to the stored, charged picture, for each kind."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image
from pytest_django import Settings

from billing.models import ProviderCost
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.calls import transport
from gencraft_media.generation.models import GenerationJob
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import ProviderAccount
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.generation.test_edits import asset_of, ended, file, half_mask, picture_of, png
from tests.providers.custom_rows import INPAINT_INPUTS, INPAINT_WORKFLOW, make_custom_model
from tests.vendors.automatic1111.server import Server as Automatic1111Server
from tests.vendors.comfyui.server import Server as ComfyUiServer
from tests.vendors.openai_compatible.server import Server as OpenAiCompatibleServer
from tests.vendors.serving import VendorServer

KEY = "house:secret-of-the-house"
TOKEN = "house-token-of-nobody-else"
SIZE = (256, 128)
OPERATIONS = {
    OPENAI_COMPATIBLE: ("text-to-image", "inpaint"),
    AUTOMATIC1111: ("text-to-image", "inpaint", "upscale"),
    COMFYUI: ("text-to-image",),
}

ServeKind = Callable[..., VendorServer]


@pytest.fixture
def serve_kind(engine: None, settings: Settings) -> Iterator[ServeKind]:
    """Start a server of a kind, whose only model is `house/house-model`."""
    with ExitStack() as servers:

        def start(kind: str, **model: Any) -> VendorServer:
            makers: Mapping[str, Callable[[], VendorServer]] = {
                OPENAI_COMPATIBLE: lambda: OpenAiCompatibleServer(slow_s=0.1, key=TOKEN),
                AUTOMATIC1111: lambda: Automatic1111Server(slow_s=0.1, key=KEY),
                COMFYUI: lambda: ComfyUiServer(slow_s=0.1, key=KEY),
            }
            server = servers.enter_context(makers[kind]())
            settings.EGRESS_ALLOW = ["127.0.0.1"]
            key = TOKEN if kind == OPENAI_COMPATIBLE else KEY
            terms = {"operations": OPERATIONS[kind], "price": "0.02", **model}
            make_custom_model(kind, server.url, provider="house", api_key=key, **terms)
            transport.cache_clear()
            return server

        yield start
    transport.cache_clear()


def ask(tenant: Tenant, **fields: Any) -> Any:
    body = {"provider": "house", "prompt": "A lighthouse", **fields}
    return tenant.client.post("/api/media/generate", body, format="multipart" if "image" in fields else "json")


def assert_paid(document: dict[str, Any], server: VendorServer, *, credits: int = 2) -> None:
    """The credits were taken, the price is in the books, and the key is nowhere to be seen."""
    count = len(document["items"])
    cost = ProviderCost.objects.get()
    assert (cost.certainty, cost.amount) == ("confirmed", Decimal("0.02") * count)
    assert document["cost"]["creditsCharged"] == credits
    assert server.violations == []
    text = json.dumps(document)
    assert not [secret for secret in (KEY, TOKEN, KEY.partition(":")[2]) if secret in text]


@pytest.mark.parametrize("kind", [OPENAI_COMPATIBLE, AUTOMATIC1111, COMFYUI])
def test_a_picture_from_text_is_stored_and_charged(alice: Tenant, serve_kind: ServeKind, kind: str) -> None:
    server = serve_kind(kind)
    document = ended(alice, ask(alice, operation="text-to-image", width=SIZE[0], height=SIZE[1], seed=11))
    assert (document["provider"], document["model"]) == ("house", "house-model")
    assert picture_of(asset_of(document)).size == SIZE
    assert document["items"][0]["seed"] == 11
    assert_paid(document, server)


def test_a_batch_is_one_call_with_counted_seeds(alice: Tenant, serve_kind: ServeKind) -> None:
    server = serve_kind(AUTOMATIC1111)
    document = ended(alice, ask(alice, operation="text-to-image", width=128, height=128, seed=5, batchSize=3))
    assert [item["seed"] for item in document["items"]] == [5, 6, 7]
    assert [one.method for one in server.received] == ["POST"]
    # Less a tenth, as for every batch of three.
    assert_paid(document, server, credits=6)


@pytest.mark.parametrize("kind", [OPENAI_COMPATIBLE, AUTOMATIC1111, COMFYUI])
def test_a_masked_edit_leaves_alone_what_the_mask_hides(alice: Tenant, serve_kind: ServeKind, kind: str) -> None:
    model = {"wiring": {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS}, "operations": ("inpaint",)}
    server = serve_kind(kind, **(model if kind == COMFYUI else {}))
    files = {"image": file(png(SIZE)), "mask": file(half_mask(SIZE), "mask.png")}
    document = ended(alice, ask(alice, operation="inpaint", maskMode="white", **files))
    made = picture_of(asset_of(document)).convert("RGB")
    assert made.size == SIZE
    given = picture_of_png(png(SIZE))
    assert distance(made.getpixel((200, 30)), given.getpixel((200, 30))) < 12
    assert distance(made.getpixel((100, 40)), given.getpixel((100, 40))) > 12
    assert_paid(document, server)


def test_a_picture_is_enlarged_by_the_server_and_the_rest_by_the_engine(alice: Tenant, serve_kind: ServeKind) -> None:
    server = serve_kind(AUTOMATIC1111)
    files = {"image": file(png((64, 48)))}
    body = {"provider": "house", "operation": "upscale", "factor": "4", **files}
    document = ended(alice, alice.client.post("/api/media/generate", body, format="multipart"))
    assert picture_of(asset_of(document)).size == (256, 192)
    assert_paid(document, server)


@pytest.mark.parametrize(
    ("kind", "fault", "code"),
    [
        (OPENAI_COMPATIBLE, "moderated", "moderated"),
        (OPENAI_COMPATIBLE, "hang-up", "outcome_unknown"),
        (AUTOMATIC1111, "out-of-memory", "provider_error"),
        (AUTOMATIC1111, "not-installed", "provider_rejected"),
        (AUTOMATIC1111, "cut", "outcome_unknown"),
        (COMFYUI, "bad-value", "provider_rejected"),
        (COMFYUI, "missing-node", "provider_misconfigured"),
        (COMFYUI, "out-of-memory", "provider_error"),
        (COMFYUI, "lost-output", "output_lost"),
    ],
)
def test_what_fails_costs_the_client_nothing(
    alice: Tenant, serve_kind: ServeKind, kind: str, fault: str, code: str
) -> None:
    serve_kind(kind)
    answer = ask(alice, operation="text-to-image", prompt=f"A boat [fault:{fault}]", width=128, height=128)
    job = drive(answer.json()["id"])
    document = alice.show(job)
    assert (document["status"], document["error"]["code"]) == ("failed", code)
    assert document["cost"]["creditsCharged"] == 0


@pytest.mark.parametrize("fault", ["dropped", "cut"])
def test_a_workflow_whose_answer_was_lost_is_found_and_delivered_once(
    alice: Tenant, serve_kind: ServeKind, fault: str
) -> None:
    server = serve_kind(COMFYUI)
    fields = {"prompt": f"A boat [fault:{fault}*1]", "width": 128, "height": 128}
    document = ended(alice, ask(alice, operation="text-to-image", **fields))
    assert isinstance(server, ComfyUiServer)
    assert len(server.jobs) == 1
    assert_paid(document, server)


def test_a_server_without_an_address_is_not_configured(alice: Tenant, serve_kind: ServeKind) -> None:
    serve_kind(COMFYUI)
    ProviderAccount.objects.filter(provider="house").update(base_url="")
    forget_remembered()
    answer = ask(alice, operation="text-to-image")
    assert (answer.status_code, answer.json()["code"]) == (422, "provider_not_configured")
    assert "address" in answer.json()["detail"]
    assert GenerationJob.objects.count() == 0


def picture_of_png(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def distance(one: Any, other: Any) -> int:
    """The largest difference of two pixels."""
    return max(abs(int(a) - int(b)) for a, b in zip(one, other, strict=True))
