"""The loopback Stability AI is as strict as the vendor: what it refuses, how it counts, when it opens again."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.vendors.stability.server import Server
from tests.waiting import wait_until

CORE = "/v2beta/stable-image/generate/core"
ENGINE = "/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image"
KEY = {"Authorization": "Bearer sk-loopback"}
PROMPT = {"prompt": (None, "a lighthouse")}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def post(server: Server, path: str, headers: dict[str, str] | None = None, **body: Any) -> requests.Response:
    return requests.post(server.url + path, headers={**KEY, **(headers or {})}, timeout=20, **body)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"json": {"prompt": "p"}}, "content-type"),
        ({"data": {"prompt": "p"}}, "content-type"),
        ({"data": b"nonsense", "headers": {"Content-Type": "multipart/form-data"}}, "body"),
        ({"files": {**PROMPT, "none": ("none", b"")}}, "none"),
        ({"files": [*PROMPT.items(), *PROMPT.items()]}, "prompt: given twice"),
        ({"files": {"aspect_ratio": (None, "1:1")}}, "'prompt' is a required property"),
        ({"files": {**PROMPT, "aspect_ratio": (None, "4:3")}}, "aspect_ratio"),
        ({"files": {**PROMPT, "seed": (None, "4294967295")}}, "seed"),
        ({"files": {**PROMPT, "seed": (None, "one")}}, "seed"),
        ({"files": {**PROMPT, "width": (None, "1024")}}, "width"),
        ({"files": PROMPT, "headers": {"Accept": "image/png"}}, "accept"),
    ],
)
def test_a_service_takes_nothing_but_a_form_that_fits(server: Server, body: dict[str, Any], told: str) -> None:
    answer = post(server, CORE, **body)
    assert (answer.status_code, answer.json()["name"]) == (400, "bad_request")
    assert told in "; ".join(answer.json()["errors"])
    assert len(server.violations) == 1


@pytest.mark.parametrize(
    ("changes", "name", "headers"),
    [
        ({"samples": 2}, "invalid_samples", {"Accept": "image/png"}),
        ({"width": 1024, "height": 768}, "bad_request", {}),
        ({"sampler": "euler"}, "bad_request", {}),
        ({"steps": 51}, "bad_request", {}),
        ({"text_prompts": []}, "bad_request", {}),
        ({"prompt": "p"}, "bad_request", {}),
    ],
)
def test_the_engine_takes_nothing_but_json_that_fits(
    server: Server, changes: dict[str, Any], name: str, headers: dict[str, str]
) -> None:
    answer = post(server, ENGINE, headers, json={"text_prompts": [{"text": "a lighthouse"}], **changes})
    assert (answer.status_code, answer.json()["name"]) == (400, name)
    assert answer.json()["message"]
    assert len(server.violations) == 1
    assert post(server, ENGINE, data=b"{").json()["name"] == "bad_request"


def test_a_request_without_a_key_is_not_looked_at(server: Server) -> None:
    answer = requests.post(server.url + CORE, json={}, timeout=20)
    assert (answer.status_code, answer.json()["name"]) == (401, "unauthorized")
    assert server.violations == []


def test_more_than_ten_mebibytes_are_too_many(server: Server) -> None:
    answer = post(server, CORE, files={"prompt": (None, "x" * (10 * 1024 * 1024))})
    assert (answer.status_code, answer.json()["name"]) == (413, "payload_too_large")


def test_a_path_that_is_not_there_is_not_found(server: Server) -> None:
    for path in ("/v2beta/stable-image/generate/sd4", "/v1/generation/stable-diffusion-v1-6/text-to-image"):
        assert post(server, path, files=PROMPT).status_code == 404


def test_one_request_too_many_locks_the_account_out_for_a_while(server: Server) -> None:
    server.requests_per_window, server.lockout_s = 3, 0.5
    assert [post(server, CORE).status_code for _ in range(3)] == [400] * 3
    began = time.monotonic()
    refused = post(server, CORE)
    assert (refused.status_code, refused.json()["name"]) == (429, "rate_limit_exceeded")
    assert "retry-after" not in refused.headers
    server.requests_per_window = 1000
    wait_until(lambda: post(server, CORE).status_code == 400, what="the end of the lock-out")
    assert time.monotonic() - began >= 0.5


def test_the_fault_locks_out_everybody_else_too(server: Server) -> None:
    marked = {"prompt": (None, "a lighthouse [fault:rate-limited]")}
    assert [post(server, CORE, files=sent).status_code for sent in (PROMPT, marked, PROMPT)] == [200, 429, 429]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_comes_in_the_format_asked_for(server: Server, kind: str) -> None:
    answer = post(server, CORE, {"Accept": "image/*"}, files={**PROMPT, "output_format": (None, kind)})
    assert answer.headers["content-type"] == f"image/{kind}"
    assert (answer.headers["finish-reason"], int(answer.headers["seed"]) > 0) == ("SUCCESS", True)
    assert answer.content.startswith({"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF"}[kind])
