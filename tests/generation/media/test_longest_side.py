"""The longest side of what is made: brought down and reported, or under `strict` refused with the largest allowed."""

from typing import Any

import pytest

from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import MediaSettings
from providers.models import ProviderModel
from tests.generation.driving import drive
from tests.generation.tenants import Tenant


def bound(pixels: int, scope: str = "global") -> None:
    """The longest side that is made."""
    change_settings(MediaSettings, {"max_resolution": pixels}, scope=scope)


@pytest.mark.parametrize(
    ("asked", "used", "field"),
    [
        ({"width": 4096, "height": 4096}, (2048, 2048), "size"),
        ({"width": 4096, "height": 1024}, (2048, 512), "size"),
        ({"width": 3000, "height": 4000}, (1536, 2048), "size"),
        ({"width": 4096}, (2048, 2048), "width"),
    ],
)
def test_what_is_too_long_is_brought_down_in_its_shape_and_reported(
    alice: Tenant, asked: dict[str, int], used: tuple[int, int], field: str
) -> None:
    document = ask(alice, asked)
    assert (document["params"]["width"], document["params"]["height"]) == used
    change = document["adaptations"][0]
    assert change["field"] == field
    assert "2048" in str(change["used"])
    assert "2048 pixels at most" in change["reason"]


def ask(tenant: Tenant, fields: dict[str, Any]) -> dict[str, Any]:
    """The accepted job of a request without the usual size."""
    body = {"model": "sim/priced", "operation": "text-to-image", "prompt": "A lighthouse", **fields}
    answer = tenant.client.post("/api/media/generate", body)
    assert answer.status_code == 202, answer.json()
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("path", ["/api/media/generate", "/api/media/route"])
@pytest.mark.parametrize("model", [{"model": "sim/priced"}, {"provider": "auto"}])
def test_under_strict_it_is_refused_by_name_with_the_largest_that_is_allowed(
    alice: Tenant, path: str, model: dict[str, str]
) -> None:
    bound(512)
    body = {"operation": "text-to-image", "prompt": "A lighthouse", "fit": "strict", "width": 1024, "height": 512}
    answer = alice.client.post(path, {**body, **model})
    assert (answer.status_code, answer.json()["code"]) == (422, "option_unsupported")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["nearest"]) == ("width", 512)
    assert "512 pixels at most" in error["message"]


def test_a_projects_own_bound_may_be_wider(alice: Tenant) -> None:
    bound(256)
    bound(4096, f"project:{alice.project.pk}")
    document = alice.ask(width=3072, height=1024).json()
    assert (document["params"]["width"], document["params"]["height"]) == (3072, 1024)


def test_the_models_own_size_is_bounded_too_and_nobody_asked_for_more(alice: Tenant) -> None:
    bound(256)
    document = ask(alice, {"fit": "strict"})
    assert (document["params"]["width"], document["params"]["height"]) == (256, 256)
    assert document["adaptations"] == []


def test_a_picture_that_is_worked_on_keeps_its_size_unless_another_is_asked_for(alice: Tenant) -> None:
    asset_id = alice.show(drive(alice.start(width=384, height=256)))["result"]["assetId"]
    bound(128)

    def size_of(path: str, **body: Any) -> tuple[int, int]:
        answer = alice.client.post(f"/api/media/assets/{asset_id}/{path}", {"provider": "sim", **body})
        assert answer.status_code == 202, answer.json()
        params = answer.json()["params"]
        return params["width"], params["height"]

    assert size_of("upscale", factor=2) == (768, 512)
    assert size_of("edits", prompt="More sea", left=64) == (448, 256)
    assert size_of("edits", prompt="A boat", search="the lamp") == (384, 256)
    assert size_of("edits", operation="remove-background") == (384, 256)
    assert size_of("edits", prompt="In winter") == (384, 256)
    assert max(size_of("edits", prompt="In winter", width=300, height=300)) == 128


def test_an_estimate_is_for_what_would_be_made(alice: Tenant) -> None:
    body = {"operation": "text-to-image", "params": {"model": "sim/priced", "width": 4096, "height": 4096}}
    told = alice.client.post("/api/media/estimate", body).json()
    assert told["resolution"] == "2048x2048"
    assert [change["field"] for change in told["adaptations"]] == ["size"]


def test_a_model_that_draws_nothing_smaller_is_scaled(alice: Tenant) -> None:
    bound(128)
    row = ProviderModel.objects.get(provider_id="sim", name="sim/priced")
    row.limits["size"] = {"kind": "list", "values": ["256x256"]}
    row.save()
    document = alice.show(drive(alice.start(width=256, height=256)))
    assert document["params"]["drawn"] == {"width": 256, "height": 256}
    assert document["result"]["metadata"]["width"] == 128
