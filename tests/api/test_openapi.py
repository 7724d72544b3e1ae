"""The OpenAPI document says what the API does, in the specification's names."""

from typing import Any

import pytest
from django.test import Client

from tests.generation.test_estimates import TEN_FIELDS
from tests.generation.test_request_to_asset import ASSET_FIELDS, JOB_FIELDS, SPECIFIED_BODY


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/schema/?format=json").json()
    return found


@pytest.fixture
def components(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("name", "fields"),
    [("MediaGenerationJob", JOB_FIELDS), ("AssetMetadata", ASSET_FIELDS), ("CostEstimate", TEN_FIELDS)],
)
def test_the_specifications_interfaces_are_components_of_the_same_name_and_fields(
    components: dict[str, Any], name: str, fields: list[str]
) -> None:
    assert list(components[name]["properties"])[: len(fields)] == fields


def test_a_request_takes_every_field_of_the_specification(components: dict[str, Any]) -> None:
    request = components["GenerationRequest"]
    assert set(SPECIFIED_BODY) <= set(request["properties"])
    # A prompt only where the operation draws something new: enlarging and cutting out take none.
    assert set(request["required"]) == {"operation"}
    specified = {"steps", "cfgScale", "sampler", "seed", "stylePreset", "style"}
    assert specified <= set(request["properties"])


def test_the_specifications_addresses_are_there(document: dict[str, Any]) -> None:
    found = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert {
        ("post", "/api/media/generate"),
        ("get", "/api/media/jobs/{job_id}"),
        ("get", "/api/media/assets"),
        ("post", "/api/media/estimate"),
    } <= found


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_a_list_of_jobs_is_a_page(document: dict[str, Any]) -> None:
    answer = document["paths"]["/api/media/jobs"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/MediaGenerationJobPage"}
