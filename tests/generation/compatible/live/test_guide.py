"""The programs in docs/openai-compatible.md run as they are written, but for the address and the key."""

import json
import re
import shlex
from pathlib import Path

import pytest
import requests

from gencraft_media.common.problem_catalogue import PROBLEMS
from gencraft_media.generation.compatible.errors import shape_of_code
from tests.documents.world import draw_pictures
from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine

GUIDE = (Path(__file__).parents[4] / "docs" / "openai-compatible.md").read_text()


def programs(language: str, engine: RunningEngine, alice: Tenant) -> list[str]:
    """The guide's programs in one language, made out to Alice and to this engine."""
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return [text.replace("http://localhost:8000", engine.url).replace("mge_live_…", alice.token) for text in found]


def test_the_python_programs_make_their_pictures(
    engine: RunningEngine, alice: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_pictures(tmp_path)
    monkeypatch.chdir(tmp_path)
    # The second goes on where the first ends.
    names: dict[str, object] = {}
    for program in programs("python", engine, alice):
        exec(compile(program, "openai-compatible.md", "exec"), names)  # noqa: S102 (our own page)
    pictures, streamed, edited = names["pictures"], names["picture"], names["edited"]
    assert isinstance(pictures, list) and [picture[:3] for picture in pictures] == [b"\xff\xd8\xff"] * 2
    assert isinstance(streamed, bytes) and streamed.startswith(b"\x89PNG")
    assert isinstance(edited, bytes) and edited.startswith(b"\x89PNG")
    names["client"].close()  # type: ignore[attr-defined]


def test_the_curl_command_gives_the_same_picture_twice(engine: RunningEngine, alice: Tenant) -> None:
    [program] = [text for text in programs("sh", engine, alice) if "Idempotency-Key" in text]
    words = shlex.split(program.replace("\\\n", " "))
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
    address, body = words[2], json.loads(words[words.index("-d") + 1])
    first, second = (requests.post(address, json=body, headers=headers, timeout=60) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.json()["data"] == second.json()["data"]
    assert ("Idempotent-Replayed" in first.headers, "Idempotent-Replayed" in second.headers) == (False, True)


def test_every_code_in_the_guide_is_one_that_is_given() -> None:
    given = {shape_of_code(code, admitted=admitted).code for code in PROBLEMS for admitted in (False, True)}
    given |= {"unknown_parameter", "missing_required_parameter", "invalid_value"}
    given |= {shape_of_code(code).type for code in PROBLEMS}
    rows = re.findall(r"^\| \d{3} \| (.*?) \|", GUIDE, re.MULTILINE)
    assert len(rows) == 10
    assert {code for row in rows for code in re.findall(r"`(\w+)`", row)} <= given
