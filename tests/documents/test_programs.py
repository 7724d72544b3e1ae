"""The programs of the pages run as they are written, but for the address and the key."""

import json
import re
import sys
from pathlib import Path

import pytest
import requests

from tests.documents.world import ROOT, Reader, copy_client, draw_pictures, node, package_program, programs
from tests.vendors.openai.server import Server

QUICKSTART = "docs/quickstart.md"
TYPESCRIPT = (QUICKSTART, "docs/clients/README.md", "docs/openai-compatible.md")


def shell(page: str, reader: Reader, folder: Path, before: str = "") -> str:
    """What all commands of a page say, one after the other in one shell; `before` is what the reader has already."""
    script = folder / "commands.sh"
    script.write_text(f"set -eu\n{before}\n" + reader.filled_in("\n".join(programs(page, "sh"))))
    return reader.run("sh", script, folder=folder)


def check_page(folder: Path, *, width: int, height: int) -> None:
    """`picture.html` shows a stored picture of this size, with what a reader sees before and instead of it."""
    page = (folder / "picture.html").read_text()
    assert f'width="{width}" height="{height}"' in page
    assert 'alt="A lighthouse' in page and re.search(r'style="background: #[0-9a-f]{6}"', page)
    (address,) = re.findall(r'<img src="([^"]+)"', page)
    picture = requests.get(address, timeout=10)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in picture.headers["Cache-Control"]


def job(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "job.json").read_text())
    return found


def test_the_quickstarts_commands_lead_from_a_simulated_to_a_real_picture(
    reader: Reader, vendor: Server, tmp_path: Path
) -> None:
    asked_before = len(vendor.received)
    shell(QUICKSTART, reader, tmp_path)
    check_page(tmp_path, width=768, height=512)
    assert (job(tmp_path)["status"], job(tmp_path)["provider"]) == ("completed", "openai")
    estimate = json.loads((tmp_path / "estimate.json").read_text())
    assert estimate["provider"] == "openai"
    assert len(vendor.received) == asked_before + 1


def test_the_quickstarts_commands_are_safe_to_repeat(reader: Reader, vendor: Server, tmp_path: Path) -> None:
    shell(QUICKSTART, reader, tmp_path)
    first, asked = job(tmp_path), len(vendor.received)
    shell(QUICKSTART, reader, tmp_path)
    assert job(tmp_path)["id"] == first["id"]
    assert len(vendor.received) == asked


def test_the_quickstarts_python_program_makes_its_page(reader: Reader, tmp_path: Path) -> None:
    for program in programs(QUICKSTART, "python"):
        (tmp_path / "program.py").write_text(reader.filled_in(program))
        said = reader.run(sys.executable, "-W", "error", "program.py", folder=tmp_path)
        assert "credits" in said
    check_page(tmp_path, width=1024, height=1024)


def test_the_readmes_command_starts_a_job(reader: Reader, tmp_path: Path) -> None:
    answer = json.loads(shell("README.md", reader, tmp_path))
    assert (answer["provider"], answer["batchSize"], answer["params"]["width"]) == ("sim", 1, 1024)


@pytest.mark.parametrize("curl", ["its own", "ours"])
def test_the_openai_shaped_commands_give_pictures(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, curl: str
) -> None:
    if curl == "ours":
        monkeypatch.setattr("tests.documents.world.shutil.which", lambda name: None)
    draw_pictures(tmp_path)
    said, answers = shell("docs/openai-compatible.md", reader, tmp_path), []
    while said:
        answer, end = json.JSONDecoder().raw_decode(said)
        answers.append(answer)
        said = said[end:].lstrip()
    assert [len(answer["data"]) for answer in answers] == [1, 1, 2]
    assert all(one["url"].startswith(f"{reader.url}/media/") for answer in answers for one in answer["data"])


def test_the_waiting_pages_commands_bring_the_end_and_the_events(reader: Reader, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {reader.token}"}
    body = {"provider": "sim", "operation": "text-to-image", "prompt": "A lighthouse at dawn"}
    known = requests.post(f"{reader.url}/api/media/generate", json=body, headers=headers, timeout=10).json()["id"]
    # `api` as docs/api.md has it.
    (api,) = re.findall(r"^alias api='(.*)'$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    before = f'URL=$URL/api/media KEY=$API_KEY JOB={known}\napi() {{ {api} "$@"; echo; }}'
    job, _, events = shell("docs/waiting.md", reader, tmp_path, before).partition("\n")
    assert json.loads(job)["status"] == "completed"
    assert re.findall("^event: (.*)$", events, re.MULTILINE)[-1] == "job.completed"


def test_the_errors_pages_example_is_what_is_answered(reader: Reader, tmp_path: Path) -> None:
    answer = json.loads(shell("docs/errors.md", reader, tmp_path))
    shown = json.loads(reader.filled_in(programs("docs/errors.md", "json")[0]))
    assert answer.pop("requestId") != shown.pop("requestId")
    assert answer == shown


def test_the_errors_pages_failed_job_is_how_one_fails(reader: Reader) -> None:
    body = {"provider": "sim", "model": "sim/moderated", "operation": "text-to-image", "prompt": "A lighthouse at dawn"}
    headers = {"Authorization": f"Bearer {reader.token}", "Prefer": "wait=60"}
    answer = requests.post(f"{reader.url}/api/media/generate", json=body, headers=headers, timeout=70).json()
    shown = json.loads(programs("docs/errors.md", "json")[1])
    assert {name: answer[name] for name in shown} == shown


def test_without_curl_the_commands_mean_the_same(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.documents.world.shutil.which", lambda name: None)
    assert json.loads(shell("README.md", reader, tmp_path))["status"] == "queued"


def test_every_typescript_program_compiles_and_runs(reader: Reader, tmp_path: Path) -> None:
    copy_client(tmp_path)
    found = [(page, program) for page in TYPESCRIPT for program in programs(page, "ts")]
    for number, (_, program) in enumerate(found):
        (tmp_path / f"program{number}.ts").write_text(reader.filled_in(program))
    reader.run(node(), package_program("tsc"), "--project", ".", folder=tmp_path)
    said = [reader.run(node(), f"program{number}.ts", folder=tmp_path) for number in range(len(found))]
    check_page(tmp_path, width=1024, height=1024)
    for (page, _), words in zip(found, said, strict=True):
        assert f"{reader.url}/media/" in words, page


def test_the_editing_pages_commands_fill_a_picture_in_and_enlarge_it(reader: Reader, tmp_path: Path) -> None:
    draw_pictures(tmp_path)
    shell("docs/editing.md", reader, tmp_path)
    filled, larger = (json.loads((tmp_path / name).read_text()) for name in ("filled.json", "larger.json"))
    assert (filled["operation"], filled["status"]) == ("inpaint", "completed")
    made = larger["result"]["metadata"]
    assert (made["width"], made["height"], made["version"]) == (2048, 2048, 2)
    assert made["parentAssetId"] == filled["result"]["assetId"]
