"""Every model does every operation that it is listed with: asked by the API, answered by its vendor's server here."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from assets.models import MediaAsset
from billing.pricelist import find_price_line
from tests.capabilities.cells import Cell, cells
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.vendors.serving import VendorServer

CELLS = cells()


def picture(side: int) -> Image.Image:
    """Something to work on: a house on a field."""
    made = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    made.paste((180, 40, 30), (side // 4, side // 3, 3 * side // 4, 5 * side // 6))
    made.paste((250, 240, 200), (side // 2, side // 2, 5 * side // 8, 5 * side // 6))
    return made


def mask(side: int) -> Image.Image:
    """White where it is to be edited."""
    made = Image.new("L", (side, side), 0)
    made.paste(255, (side // 2, side // 2, 5 * side // 8, 5 * side // 6))
    return made


def file(image: Image.Image, name: str) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return SimpleUploadedFile(name, buffer.getvalue(), "image/png")


def parts_of(cell: Cell) -> dict[str, Any]:
    """The pictures that the operation may be given."""
    parts: dict[str, Any] = {}
    if cell.takes("image"):
        parts["image"] = file(picture(cell.side), "house.png")
    if cell.takes("mask"):
        parts["mask"] = file(mask(cell.side), "mask.png")
    if cell.takes("style"):
        parts["styleReference"] = file(picture(max(cell.side, 64)).rotate(90), "style.png")
    return parts


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_model_does_what_it_is_listed_with(cell: Cell, alice: Tenant, vendor_of: dict[str, VendorServer]) -> None:
    body = {
        "provider": cell.provider,
        "model": cell.model,
        "operation": cell.operation,
        **cell.wishes,
        **parts_of(cell),
    }
    answer = alice.client.post("/api/media/generate", body, format="multipart")
    if not _has_price(cell):
        assert (answer.status_code, answer.json()["code"]) == (422, "price_unknown")
        return
    assert answer.status_code == 202, answer.json()
    document = alice.show(drive(answer.json()["id"], deadline_s=30))
    assert document["status"] == "completed", document["error"]
    assert (document["model"], document["operation"]) == (cell.model, cell.operation)
    asset = MediaAsset.objects.get(pk=document["result"]["assetId"])
    assert cell.size in (None, (asset.width, asset.height))
    assert misfits(vendor_of.get(cell.provider)) == []


def misfits(server: VendorServer | None) -> list[str]:
    """What of the requests did not fit the vendor's interface. That a result is asked for too early does not count:
    these tests end every wait at once."""
    told = server.violations if server is not None else []
    return [text for text in told if "asked for again" not in text]


def _has_price(cell: Cell) -> bool:
    keys = ["1024x1024:standard", "1024x1024", "standard", ""]
    return (
        find_price_line(
            provider=cell.provider, model=cell.model, operation=cell.operation, keys=keys, at=timezone.now()
        )
        is not None
    )
