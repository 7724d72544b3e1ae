"""Each of Stability's services on loopback, from a request with pictures to the stored, charged result."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageChops

from assets.models import MediaAsset
from assets.storage import find_public_file
from billing.models import ProviderCost
from gencraft_media.generation.models import GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.generation.vendors.conftest import Serve
from tests.generation.vendors.stability_faults import STABILITY
from tests.vendors.stability.inputs import media
from tests.vendors.stability.requests import every_edit
from tests.vendors.stability.server import Server

SIZE = (256, 192)
# The engine of v1 takes none but its own sizes.
ENGINE, ENGINE_SIZE = "sd-xl-1.0", (1024, 1024)
# Model -> what it costs, in US dollars (price page of 2025-08-01).
COSTS = {
    "sd-3.5-medium": "0.035",
    "sd-xl-1.0": "0.009",
    "stable-image-ultra": "0.08",
    "stable-image-inpaint": "0.05",
    "stable-image-erase": "0.05",
    "stable-image-search-and-replace": "0.05",
    "stable-image-outpaint": "0.04",
    "stable-image-remove-background": "0.05",
    "stable-image-control-structure": "0.05",
    "stable-image-control-sketch": "0.05",
    "stable-image-control-style": "0.05",
    "stable-image-style-transfer": "0.08",
    "stable-image-upscale-fast": "0.02",
    "stable-image-upscale-conservative": "0.40",
    "stable-image-upscale-creative": "0.60",
}
# The rest of the catalogue is asked in tests/capabilities: here one of the models that share a service.
EDITS = [(model, operation) for model, operation in every_edit() if model in COSTS and operation != "variation"]
# Beside the picture; all else is asked with a prompt alone.
ASKED: dict[str, dict[str, Any]] = {
    "stable-image-erase": {"prompt": "", "mask": "mask"},
    "stable-image-inpaint": {"mask": "mask"},
    "stable-image-search-and-replace": {"search": "the sea"},
    "stable-image-outpaint": {"left": 64, "up": 32},
    "stable-image-remove-background": {"prompt": ""},
    "stable-image-upscale-fast": {"prompt": "", "factor": 8},
    "stable-image-upscale-conservative": {"factor": 4},
    "stable-image-upscale-creative": {"factor": 4},
    "stable-image-control-style": {"image": None, "styleReference": "style", "width": 672, "height": 384},
    "stable-image-style-transfer": {"styleReference": "style", "strength": 0.5},
    "sd-xl-1.0 inpaint": {"mask": "mask"},
    "sd-3.5-medium": {"strength": 0.2},
}
DELIVERED = {
    "stable-image-outpaint": (SIZE[0] + 64, SIZE[1] + 32),
    "stable-image-upscale-fast": (SIZE[0] * 8, SIZE[1] * 8),
    "stable-image-upscale-conservative": (SIZE[0] * 4, SIZE[1] * 4),
    "stable-image-upscale-creative": (SIZE[0] * 4, SIZE[1] * 4),
    "stable-image-control-style": (672, 384),
    # It draws none but its own shapes, and the area it always draws.
    "stable-image-ultra": (1120, 896),
    ENGINE: ENGINE_SIZE,
}


@pytest.fixture
def stability(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(Server, "poll_every_s", 0.0)
    monkeypatch.setattr(Server, "result_pixels", 1024 * 1024)
    server = serve(STABILITY)
    assert isinstance(server, Server)
    return server


def file(role: str, size: tuple[int, int], folder: Path) -> SimpleUploadedFile:
    """A picture, a mask or a style as it comes along in a multipart request."""
    return SimpleUploadedFile(f"{role}.png", media(role, size, folder).path.read_bytes(), "image/png")


def start(alice: Tenant, model: str, operation: str, folder: Path, **fields: Any) -> GenerationJob:
    size = ENGINE_SIZE if model == ENGINE else SIZE
    asked = {
        "image": "image",
        "prompt": "At night",
        **ASKED.get(f"{model} {operation}", ASKED.get(model, {})),
        **fields,
    }
    body = {
        name: file(value, size, folder) if name in ("image", "mask", "styleReference") else value
        for name, value in asked.items()
        if value is not None and value != ""
    }
    answer = alice.client.post(
        "/api/media/generate",
        {"provider": "stability", "model": model, "operation": operation, **body},
        format="multipart",
    )
    assert answer.status_code == 202, answer.json()
    return drive(answer.json()["id"])


def picture_of(document: dict[str, Any]) -> Image.Image:
    """What was delivered."""
    path = find_public_file(MediaAsset.objects.get(pk=document["result"]["assetId"]).s3_key)
    assert path is not None
    return Image.open(io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize(("model", "operation"), EDITS)
def test_what_a_service_makes_is_delivered_and_costs_what_is_published(
    alice: Tenant, stability: Server, tmp_path: Path, model: str, operation: str
) -> None:
    document = alice.show(start(alice, model, operation, tmp_path))
    assert document["status"] == "completed", document
    assert document["operation"] == operation
    picture = picture_of(document)
    assert picture.size == DELIVERED.get(model, SIZE)
    assert ("A" in picture.getbands()) is (operation == "remove-background")
    costs = list(ProviderCost.objects.values_list("certainty", "amount"))
    assert costs == [("confirmed", Decimal(COSTS[model]))]
    assert document["cost"]["creditsCharged"] > 0
    assert len([one for one in stability.received if one.method == "POST"]) == 1
    assert stability.violations == []


def test_the_receipt_says_what_the_model_enlarged_and_what_the_engine(
    alice: Tenant, stability: Server, tmp_path: Path
) -> None:
    document = alice.show(start(alice, "stable-image-upscale-fast", "upscale", tmp_path))
    assert document["receipt"]["steps"] == [
        {"operation": "upscale", "model": "stability/stable-image-upscale-fast", "factor": 4},
        {"operation": "upscale", "model": "resample/lanczos", "factor": 2},
    ]


def test_only_what_the_mask_shows_changes(alice: Tenant, stability: Server, tmp_path: Path) -> None:
    # With this seed the new picture has quite other colours than the first.
    made = picture_of(alice.show(start(alice, "stable-image-inpaint", "inpaint", tmp_path, seed=3))).convert("RGB")
    with Image.open(media("image", SIZE, tmp_path).path) as image:
        difference = ImageChops.difference(made, image.convert("RGB"))
    left, right = (0, 0, SIZE[0] // 2, SIZE[1]), (SIZE[0] // 2 + 16, 0, *SIZE)
    changed, kept = (max(difference.crop(box).tobytes()) for box in (left, right))
    assert changed > 100 > 40 > kept


@pytest.mark.parametrize(
    ("model", "operation", "fields", "field"),
    [
        ("stable-image-inpaint", "inpaint", {"image": "image", "prompt": "At night"}, "mask"),
        ("stable-image-erase", "inpaint", {"image": "image"}, "mask"),
        ("stable-image-inpaint", "inpaint", {"image": "image", "mask": "mask"}, "prompt"),
        ("stable-image-search-and-replace", "inpaint", {"image": "image", "prompt": "At night"}, "search"),
        ("stable-image-style-transfer", "image-to-image", {"image": "image"}, "styleReference"),
        ("stable-image-upscale-conservative", "upscale", {"image": "image", "factor": 2}, "prompt"),
        ("stable-image-outpaint", "outpaint", {"image": "image"}, "left"),
    ],
)
def test_what_a_model_cannot_do_without_is_named_and_nothing_is_asked(
    alice: Tenant, stability: Server, tmp_path: Path, model: str, operation: str, fields: dict[str, Any], field: str
) -> None:
    body = {name: file(value, SIZE, tmp_path) if name in ("image", "mask") else value for name, value in fields.items()}
    answer = alice.client.post(
        "/api/media/generate",
        {"provider": "stability", "model": model, "operation": operation, **body},
        format="multipart",
    )
    assert answer.status_code == 422, answer.json()
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert stability.received == []
