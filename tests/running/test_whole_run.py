"""The one command itself, in an empty folder: a picture, a log-in, an orderly end, and a second run that goes on."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.services.programs import free_port
from tests.suites import clean_environment
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
# Two cores may be busy with other things; alone it takes eight seconds.
PATIENCE_S = 120


class Engine:
    """`make run` on a folder and port of its own, without make."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.address = f"http://localhost:{port}"
        self.said = folder.parent / "said.txt"
        environment = {**clean_environment(), "DATA_DIR": str(folder), "PORT": str(port)}
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gencraft_media.console.start"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> str:
        """What the terminal shows once the engine is ready."""
        wait_until(
            lambda: "Ready at" in self.said.read_text() or self.process.poll() is not None,
            timeout_s=PATIENCE_S,
            what="a ready engine",
        )
        assert self.process.poll() is None, self.said.read_text()
        return self.said.read_text()

    def stop(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    started: list[Engine] = []
    yield started
    for engine in started:
        if engine.process.poll() is None:
            engine.process.kill()
            engine.process.wait()


def test_one_command_makes_a_picture_and_a_second_goes_on_from_there(tmp_path: Path, engines: list[Engine]) -> None:
    port = free_port()
    engine = Engine(tmp_path / "var", port)
    engines.append(engine)
    said = engine.wait_until_ready()

    first = json.loads((tmp_path / "var" / "first-run.json").read_text())
    assert first.keys() == {"url", "adminEmail", "adminPassword", "apiKey", "projectId"}
    assert stat.S_IMODE((tmp_path / "var" / "first-run.json").stat().st_mode) == 0o600
    assert first["adminPassword"] in said and "curl -s" in said

    caller = {"Authorization": f"Bearer {first['apiKey']}"}
    (job,) = requests.get(f"{engine.address}/api/media/jobs", headers=caller, timeout=30).json()["items"]
    picture = requests.get(job["result"]["cdnUrl"], timeout=30)
    assert job["result"]["cdnUrl"] in said
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/webp")
    assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    welcome = requests.get(f"{engine.address}/", timeout=30)
    assert first["adminPassword"] in welcome.text
    assert requests.get(f"{engine.address}/static/studio/mark.svg", timeout=30).ok

    secrets = (tmp_path / "var" / "secrets.env").read_bytes()
    assert engine.stop() == 0

    again = Engine(tmp_path / "var", port)
    engines.append(again)
    assert first["adminPassword"] not in again.wait_until_ready()
    assert len(requests.get(f"{again.address}/api/media/jobs", headers=caller, timeout=30).json()["items"]) == 1
    assert (tmp_path / "var" / "secrets.env").read_bytes() == secrets
    assert again.stop() == 0


def test_a_second_engine_on_the_same_folder_is_refused(tmp_path: Path, engines: list[Engine]) -> None:
    first = Engine(tmp_path / "var", free_port())
    engines.append(first)
    # Said once the folder is taken.
    wait_until(lambda: "database" in first.said.read_text(), timeout_s=PATIENCE_S, what="the first engine")
    second = subprocess.run(
        [sys.executable, "-m", "gencraft_media.console.start"],
        cwd=ROOT, env={**clean_environment(), "DATA_DIR": str(tmp_path / "var"), "PORT": str(free_port())},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert second.returncode != 0
    assert "running on" in second.stderr
    assert first.stop() == 0
