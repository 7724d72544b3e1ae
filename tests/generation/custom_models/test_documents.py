"""docs/custom-models.md: each of its bodies makes a model that can be used."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from providers.kinds import KINDS
from tests.generation.custom_models.bodies import ROUTE

PAGE = (Path(__file__).parents[3] / "docs/custom-models.md").read_text()
API = re.search(r"^URL=http://localhost:8000(.*)$", PAGE, re.M)
COMMANDS = re.findall(r"^api \$URL(\S+) -d '(.*?)'\n```", PAGE, re.S | re.M)
BODIES = [json.loads(body) for _, body in COMMANDS]


def test_every_command_goes_to_the_address_of_the_route() -> None:
    assert API
    assert PAGE.index("alias api=") < PAGE.index("api $URL")
    assert PAGE.count("api $URL") == len(COMMANDS)
    assert {API[1] + path for path, _ in COMMANDS} == {ROUTE}


def test_there_is_an_example_of_each_kind() -> None:
    assert sorted(body["kind"] for body in BODIES) == sorted(KINDS)


@pytest.mark.django_db
@pytest.mark.parametrize("body", BODIES, ids=[body["kind"] for body in BODIES])
def test_each_body_of_the_page_is_taken(sam: APIClient, settings: Settings, body: dict[str, Any]) -> None:
    opened = re.search(r"^EGRESS_ALLOW=(.*)$", PAGE, re.M)
    assert opened
    settings.EGRESS_ALLOW = opened[1].split(",")
    answer = sam.post(ROUTE, body)
    assert answer.status_code == 201, answer.content.decode()
    assert (answer.json()["usable"], answer.json()["wiring"]) == (True, body["wiring"])
