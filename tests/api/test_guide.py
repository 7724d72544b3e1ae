"""The commands in docs/api.md work as they are written, in their order."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from billing.pricelist import forget_prices
from gencraft_media.common.problems import PROBLEMS
from tests.access.world import ALL_SCOPES
from tests.factories import api_client, make_key
from tests.generation.rows import load_rows
from tests.generation.tenants import make_tenant

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def commands() -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """Method, path, headers and body of each command in the guide."""
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        words = shlex.split(block, comments=True)
        starts = [place for place, word in enumerate(words) if word == "api"]
        for start, end in zip(starts, [*starts, len(words)][1:], strict=True):
            given = words[start:end]
            options = {given[i]: given[i + 1] for i in range(len(given) - 1) if given[i] in {"-X", "-d", "-H"}}
            path = next(word for word in given if word.startswith("$URL")).removeprefix("$URL")
            headers = dict([options["-H"].split(": ", 1)]) if "-H" in options else {}
            yield options.get("-X", "POST" if "-d" in options else "GET"), path, headers, options.get("-d")


def test_every_command_of_the_guide_works(db: None, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = -1
    forget_prices()
    load_rows()
    tenant = make_tenant()
    client = api_client(make_key(tenant.project, scopes=ALL_SCOPES, name="guide")[1])
    job = tenant.start()
    asked = list(commands())
    assert len(asked) >= 10
    for method, path, headers, body in asked:
        address = "/api/media" + path.replace("$JOB", str(job.pk)).replace("$PROJECT", str(tenant.project.pk))
        answer = client.generic(
            method, address, body or "", content_type="application/json" if body else "", headers=headers
        )
        assert answer.status_code < 300, (method, path, answer.json())


@pytest.mark.parametrize("line", re.findall(r"^\| (\d{3}) \| (.*?) \|", GUIDE, re.MULTILINE), ids=lambda line: line[0])
def test_every_code_of_the_guide_is_a_problem_with_that_status(line: tuple[str, str]) -> None:
    status, codes = line
    for code in re.findall(r"`(\w+)`", codes):
        assert PROBLEMS[code].http_status == int(status)


def test_the_bodies_in_the_guide_are_json() -> None:
    bodies = [body for _, _, _, body in commands() if body is not None]
    assert all(isinstance(json.loads(body), dict) for body in bodies)
