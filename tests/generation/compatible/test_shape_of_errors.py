"""Whatever goes wrong under /v1 before there is a job is told in OpenAI's shape, and says who may try again."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from gencraft_media.common.problem_catalogue import PROBLEMS
from gencraft_media.generation.compatible.errors import shape_of_code
from gencraft_media.generation.models import CompatibleCall, GenerationJob
from tests.generation.tenants import Tenant, make_tenant

ADDRESS = "/v1/images/generations"
RETRIED = {408, 409, 429, *range(500, 600)}
GOOD = {"model": "nobody/nothing", "prompt": "A lighthouse"}


def error_in(answer: Any) -> dict[str, Any]:
    """The one error of an answer in OpenAI's shape."""
    assert answer["Content-Type"] == "application/json"
    document = answer.json()
    assert set(document) == {"error"}
    assert set(document["error"]) == {"message", "type", "param", "code"}
    assert document["error"]["message"]
    error: dict[str, Any] = document["error"]
    return error


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"prompt": None}, "invalid_value", "prompt"),
        ({"size": "big"}, "invalid_value", "size"),
        ({"size": "9999x9999"}, "invalid_value", "size"),
        ({"size": "1024x"}, "invalid_value", "size"),
        ({"n": 0}, "invalid_value", "n"),
        ({"n": 11}, "invalid_value", "n"),
        ({"n": "many"}, "invalid_value", "n"),
        ({"quality": "best"}, "invalid_value", "quality"),
        ({"background": "green"}, "invalid_value", "background"),
        ({"output_format": "bmp"}, "invalid_value", "output_format"),
        ({"output_compression": 101}, "invalid_value", "output_compression"),
        ({"moderation": "none"}, "invalid_value", "moderation"),
        ({"response_format": "file"}, "invalid_value", "response_format"),
        ({"partial_images": 4}, "invalid_value", "partial_images"),
        ({"style": "wild"}, "invalid_value", "style"),
        ({"stream": "perhaps"}, "invalid_value", "stream"),
        ({"frame_count": 1}, "invalid_value", "frame_count"),
        ({"promt": "A lighthouse"}, "unknown_parameter", "promt"),
    ],
)
def test_a_wrong_field_is_named(alice: Tenant, fields: dict[str, Any], code: str, param: str) -> None:
    answer = alice.client.post(ADDRESS, {**GOOD, **fields})
    assert (answer.status_code, answer["x-should-retry"]) == (400, "false")
    error = error_in(answer)
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert param in error["message"]


def test_a_missing_prompt_is_named(alice: Tenant) -> None:
    error = error_in(alice.client.post(ADDRESS, {"model": "sim/standard"}))
    assert (error["code"], error["param"]) == ("missing_required_parameter", "prompt")


def test_allowed_values_are_told(alice: Tenant) -> None:
    error = error_in(alice.client.post(ADDRESS, {**GOOD, "background": "green"}))
    assert "'auto', 'opaque', 'transparent'" in error["message"]


def test_every_documented_field_is_accepted(alice: Tenant) -> None:
    everything = {
        "n": 2, "size": "auto", "quality": "xhigh", "background": "transparent", "output_format": "gif",
        "output_compression": 50, "moderation": "low", "response_format": "b64_json", "stream": True,
        "partial_images": 3, "style": "vivid", "complexity": "high", "frame_count": 4, "frame_duration_ms": 100,
        "svg": {"model": "any", "reasoning": {"effort": "low"}}, "user": "nora", "safety_identifier": "",
    }  # fmt: skip
    for fields in (everything, dict.fromkeys(everything), {}):
        # Only the model is refused, which is looked at last.
        assert error_in(alice.client.post(ADDRESS, {**GOOD, **fields}))["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("get", "/v1/nothing", 404, "not_found"),
        ("post", "/v1/files", 404, "not_found"),
        ("delete", "/v1/", 404, "not_found"),
        ("get", "/v1/models/none-of-that-name", 404, "model_not_found"),
        ("get", ADDRESS, 405, "method_not_allowed"),
        ("get", "/v1/images/edits", 405, "method_not_allowed"),
        ("delete", "/v1/images/variations", 405, "method_not_allowed"),
        ("delete", "/v1/models", 405, "method_not_allowed"),
        ("options", ADDRESS, 405, "method_not_allowed"),
        ("get", "/v1/models?limit=5", 400, "unknown_parameter"),
    ],
)
def test_every_address_answers_in_that_shape(alice: Tenant, method: str, address: str, status: int, code: str) -> None:
    answer = getattr(alice.client, method)(address)
    assert (answer.status_code, error_in(answer)["code"]) == (status, code)


def test_what_cannot_be_read_is_told_in_that_shape(alice: Tenant) -> None:
    told = [
        alice.client.generic("POST", ADDRESS, "{", content_type="application/json"),
        alice.client.generic("POST", ADDRESS, "prompt=x", content_type="text/plain"),
        alice.client.generic("POST", ADDRESS, '"' + "x" * 2_000_000 + '"', content_type="application/json"),
        alice.client.post(ADDRESS, ["A lighthouse"]),
    ]
    assert [(answer.status_code, error_in(answer)["type"]) for answer in told] == [
        (400, "invalid_request_error"),
        (415, "invalid_request_error"),
        (413, "invalid_request_error"),
        (400, "invalid_request_error"),
    ]


def test_a_stranger_is_told_in_that_shape(engine: None) -> None:
    answer = APIClient().get("/v1/models")
    assert (answer.status_code, answer["x-should-retry"]) == (401, "false")
    assert error_in(answer)["code"] == "invalid_api_key"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_rate_limit_may_be_tried_again_as_soon_as_it_says(alice: Tenant, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    assert alice.client.get("/v1/models").status_code == 200
    answer = alice.client.get("/v1/models")
    assert (answer.status_code, error_in(answer)["code"]) == (429, "rate_limit_exceeded")
    assert int(answer["Retry-After"]) >= 1
    assert "x-should-retry" not in answer


def test_a_reached_number_is_not_tried_again(engine: None) -> None:
    assert (shape_of_code("quota_exceeded").status, shape_of_code("quota_exceeded").type) == (429, "insufficient_quota")


def test_a_call_refused_for_good_leaves_nothing_behind(engine: None) -> None:
    poor = make_tenant("nora", credits=0)
    body = {"model": "sim/priced", "prompt": "A lighthouse"}
    answer = poor.client.post(ADDRESS, body, headers={"x-stainless-retry-count": "0"})
    assert (answer.status_code, answer["x-should-retry"]) == (429, "false")
    assert error_in(answer)["code"] == "insufficient_quota"
    assert not CompatibleCall.objects.exists() and not GenerationJob.objects.exists()


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_once_there_is_a_job_no_status_invites_a_client_to_repeat(code: str) -> None:
    shape = shape_of_code(code, admitted=True)
    assert shape.status not in RETRIED
    assert 400 <= shape.status < 500
