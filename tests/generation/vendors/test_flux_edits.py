"""Every operation of Black Forest Labs through the engine: from a multipart request to the stored, charged picture."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from billing.models import ProviderCost
from tests.generation.tenants import Tenant
from tests.generation.test_edits import asset_of, ended, file, half_mask, picture_of, png
from tests.generation.vendors.conftest import KEY, Serve
from tests.generation.vendors.flux_faults import FLUX
from tests.vendors.flux.server import Server

SIZE = (384, 256)


@dataclass(frozen=True)
class Edit:
    """One operation of one model, the size of its result, and what the vendor takes for it in US dollars."""

    model: str
    operation: str
    size: tuple[int, int]
    cost: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the test is called."""
        return f"{self.model}-{self.operation}"


EDITS = (
    Edit("flux-2-pro", "image-to-image", SIZE, "0.045", {"prompt": "In snow"}),
    Edit("flux-2-klein-4b", "image-to-image", (640, 320), "0.015", {"prompt": "x", "width": 640, "height": 320}),
    Edit("flux-kontext-pro", "image-to-image", (1200, 800), "0.04", {"prompt": "In snow"}),
    Edit("flux-3-image", "image-to-image", (1248, 832), "0.048", {"prompt": "In snow"}),
    Edit("flux-pro-1.1", "variation", SIZE, "0.04"),
    # The vendor makes 2496x1664, which the usual maxResolution bounds.
    Edit("flux-pro-1.1-ultra", "variation", (2048, 1365), "0.06", {"prompt": "At night", "strength": 0.25}),
    Edit("flux-dev", "image-to-image", SIZE, "0.025", {"steps": 20}),
    Edit("flux-pro-1.0-fill", "inpaint", SIZE, "0.05", {"prompt": "A boat"}),
    Edit("flux-pro-1.0-expand", "outpaint", (384 + 40, 256 + 8), "0.05", {"left": 40, "down": 8}),
)


def ask(alice: Tenant, edit: Edit) -> Any:
    """The request as a form, with the picture as a file of its own."""
    form = {"provider": "flux", "model": edit.model, "operation": edit.operation, **edit.fields}
    files = {"image": file(png(SIZE))}
    if edit.operation == "inpaint":
        files["mask"] = file(half_mask(SIZE), "mask.png")
    return alice.client.post("/api/media/generate", {**form, **files}, format="multipart")


@pytest.mark.parametrize("edit", EDITS, ids=[edit.name for edit in EDITS])
def test_a_picture_is_sent_changed_stored_and_charged(alice: Tenant, serve: Serve, edit: Edit) -> None:
    server = serve(FLUX)
    document = ended(alice, ask(alice, edit))
    picture = picture_of(asset_of(document))
    assert picture.size == edit.size
    cost = ProviderCost.objects.get()
    assert (cost.certainty, cost.amount, cost.quoted) == ("confirmed", Decimal(edit.cost), Decimal(edit.cost))
    assert server.violations == []
    assert KEY not in json.dumps(document)
    assert isinstance(server, Server)
    [job] = server.jobs.values()
    assert job.pictures
    assert_kept(edit, picture)


def assert_kept(edit: Edit, picture: Image.Image) -> None:
    """What the vendor was to leave alone is there, as far as WebP keeps it."""
    kept = {"inpaint": (192, 0, 384, 256), "outpaint": (40, 0, 424, 256)}.get(edit.operation)
    if kept is None:
        return
    given = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    given.paste((200, 40, 40), (96, 64, 192, 128))
    own = given.crop((192, 0, 384, 256)) if edit.operation == "inpaint" else given
    found = picture.convert("RGB").crop(kept)
    for at in ((5, 5), (150, 30), (180, 250)):
        one, other = found.getpixel(at), own.getpixel(at)
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12, (at, one, other)
