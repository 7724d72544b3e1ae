"""The OpenAPI document and its page."""

import re
from typing import Any

import pytest
import yaml
from django.test import Client


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_openapi_3_1_in_json_and_yaml(client: Client, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert yaml.safe_load(client.get("/api/schema/").content)["paths"].keys() == document["paths"].keys()
    assert client.get("/api/schema/?format=json").json() == document


def test_every_operation_answers_problems_and_takes_keys_and_sessions(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert (schemes["ApiKey"]["type"], schemes["ApiKey"]["scheme"]) == ("http", "bearer")
    assert schemes["BrowserSession"]["in"] == "cookie"
    problem = document["components"]["responses"]["Problem"]["content"]["application/problem+json"]
    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    put = document["paths"]["/api/media/users/{external_id}"]["put"]
    assert put["security"] == [{"ApiKey": []}, {"BrowserSession": []}]
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_the_problem_component_lists_what_problems_have(client: Client, document: dict[str, Any]) -> None:
    problem = client.get("/api/media/nothing-here").json()
    assert set(document["components"]["schemas"]["Problem"]["required"]) == problem.keys()


def test_the_docs_page_asks_nobody_outside(client: Client) -> None:
    text = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in text
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", text)
    script = client.get("/api/docs/?script=").content.decode()
    assert re.search(r'"validatorUrl":\s*"none"', script)
    assert not re.findall(r"https?://(?!testserver)", script)
