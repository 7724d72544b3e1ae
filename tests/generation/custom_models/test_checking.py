"""The connection test: one unpaid question, and a sentence that says what to do."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

import providers.transport
from gencraft_media.generation.calls import transport
from gencraft_media.generation.custom_models.checking import check_server
from providers.kinds import AUTOMATIC1111, COMFYUI, KINDS, OPENAI_COMPATIBLE
from tests.providers.loopback import Loopback, Reply, closed_port_url, running_loopback

CHECKPOINT = {"title": "house.safetensors [31e35c80fc]", "model_name": "house", "filename": "/models/house.safetensors"}
ANSWERS: dict[str, Any] = {
    OPENAI_COMPATIBLE: {"object": "list", "data": [{"id": "flux.1-dev", "object": "model"}, {"id": "sdxl"}]},
    AUTOMATIC1111: [CHECKPOINT],
    COMFYUI: {
        "system": {"os": "posix", "comfyui_version": "0.3.40"},
        "devices": [{"name": "cuda:0 GeForce", "type": "cuda"}],
    },
}
PATHS = {OPENAI_COMPATIBLE: "/v1/models", AUTOMATIC1111: "/sdapi/v1/sd-models", COMFYUI: "/system_stats"}


@pytest.fixture
def box(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server on this machine that the operator has opened."""
    monkeypatch.setattr(providers.transport, "release_connection", lambda: None)
    transport.cache_clear()
    with running_loopback() as server:
        settings.EGRESS_ALLOW = ["127.0.0.1"]
        yield server
    transport.cache_clear()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_answers_as_its_kind_is_found_good(box: Loopback, kind: str) -> None:
    box.replies = [Reply(document=ANSWERS[kind])]
    found = check_server(kind=kind, base_url=box.url, api_key="sam:word")
    assert found.ok, found.message
    assert KINDS[kind].label in found.message
    [asked] = box.received
    assert (asked.method, asked.path) == ("GET", PATHS[kind])
    assert asked.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("kind", "wanted", "ok"),
    [
        (OPENAI_COMPATIBLE, "sdxl", True),
        (OPENAI_COMPATIBLE, "sdxxl", False),
        (AUTOMATIC1111, "house.safetensors [31e35c80fc]", True),
        (AUTOMATIC1111, "house.safetensors", True),
        (AUTOMATIC1111, "house", True),
        (AUTOMATIC1111, "hous", False),
        (COMFYUI, "anything", True),
    ],
)
def test_a_model_that_the_server_does_not_have_is_told(box: Loopback, kind: str, wanted: str, ok: bool) -> None:
    box.replies = [Reply(document=ANSWERS[kind])]
    found = check_server(kind=kind, base_url=box.url, wanted=wanted)
    assert found.ok is ok
    assert ok or f"{wanted} is not among them" in found.message


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, {"detail": "no"}), "refuses the key"),
        (Reply(404, {"detail": "Not Found"}), "status 404"),
        (Reply(200, {"data": "none"}), "its answer"),
        (Reply(200, body=b"<html>welcome</html>"), "its answer"),
        (Reply(200, [1, 2]), "its answer"),
        (Reply(fault="hang up"), "Nothing answers there"),
    ],
)
def test_whatever_else_is_there_is_told_apart(box: Loopback, reply: Reply, words: str) -> None:
    for kind in KINDS:
        box.replies = [reply]
        found = check_server(kind=kind, base_url=box.url, api_key="secret-of-the-house")
        assert (found.ok, words in found.message) == (False, True), found.message
        assert "secret-of-the-house" not in found.message


def test_nobody_there_and_an_address_that_is_not_opened_are_told_with_advice(box: Loopback, settings: Settings) -> None:
    assert "Is the server started" in check_server(kind=COMFYUI, base_url=closed_port_url()).message
    settings.EGRESS_ALLOW = []
    refused = check_server(kind=COMFYUI, base_url="https://127.0.0.1:8443")
    assert (refused.ok, "EGRESS_ALLOW" in refused.message) == (False, True)
    assert box.received == []
