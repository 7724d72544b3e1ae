"""Every command of ours in docker-compose.yml, started as it is written, on real servers: one picture, and the end.

Replaced are addresses, ports and folders of containers by those of this machine, and nothing else.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from cryptography.fernet import Fernet

from tests.generation.tenants import BODY
from tests.running.composed import ROOT, compose_document, environment_of_image, our_services, run_build_step, seconds
from tests.services.programs import die_with_parent, free_port
from tests.services.s3 import ACCESS_KEY, SECRET_KEY
from tests.services.s3_door import Door
from tests.suites import clean_environment
from tests.waiting import wait_until

pytestmark = pytest.mark.services
PATIENCE_S = 150.0
# An idle engine needs no grace; on a machine that does other things as well it needs some time.
STOP_PATIENCE_S = 60.0
_MAKE_TENANT = (
    "import django; django.setup(); import gencraft_media.celery; from tests.generation.tenants import make_tenant; "
    "print(make_tenant().token)"
)


class Composition:
    """The engine's services of the file, as processes."""

    def __init__(self, folder: Path, s3_port: int) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.operator = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SEALING_KEYS": Fernet.generate_key().decode(),
            "POSTGRES_PASSWORD": secrets.token_hex(24),
            "PUBLIC_URL": self.url,
            "ALLOWED_HOSTS": "pictures.example.com",
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
            "SIM_ENABLED": "true",
        }
        self.services = our_services(compose_document(self.operator))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        database, broker = urlsplit(os.environ["DATABASE_URL"]), urlsplit(os.environ["BROKER_URL"])
        self.places = {
            "@postgres:5432/": f"@127.0.0.1:{database.port}/",
            "//valkey:6379/": f"//127.0.0.1:{broker.port}/",
            "//s3:7070": f"//127.0.0.1:{s3_port}",
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/opt/engine/bin": str(Path(sys.executable).parent),
            "$PATH": os.environ["PATH"],
            "/app/static": str(folder / "static"),
        }

    def here(self, text: str) -> str:
        """The same on this machine."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """What the container of that name would see: the image's variables, .env, the file's."""
        own_folder = self.folder / name
        own_folder.mkdir(exist_ok=True)
        inside = {**environment_of_image(), **self.operator, **self.services[name]["environment"]}
        told = {key: self.here(value) for key, value in inside.items()}
        folders = {"DATA_DIR": str(own_folder), "HOME": str(own_folder), "HOSTNAME": socket.gethostname()}
        return {**clean_environment(), **told, **folders}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Run the service's command."""
        command = [self.here(part) for part in self.services[name]["command"]]
        program = Path(sys.executable).parent / command[0]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [str(program), *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self.environment(name),
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        return self.running[name]

    def run_to_its_end(self, name: str) -> None:
        """A service that others wait for."""
        assert self.start(name).wait(PATIENCE_S) == 0, self.log(name)
        del self.running[name]

    def is_healthy(self, name: str) -> bool:
        """What the file's health check says."""
        kind, *test = self.services[name]["healthcheck"]["test"]
        command = ["/bin/sh", "-c", *test] if kind == "CMD-SHELL" else test
        done = subprocess.run(
            [self.here(part) for part in command],
            env=self.environment(name),
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def log(self, name: str) -> str:
        """What a service has said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        """What all of them have said."""
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')}" for path in self.folder.glob("*.log"))

    def stop(self) -> dict[str, int]:
        """SIGTERM to all at once, as `docker compose stop` sends it; their exit statuses."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {
            name: process.wait(min(seconds(self.services[name]["stop_grace_period"]), STOP_PATIENCE_S))
            for name, process in self.running.items()
        }


@pytest.fixture
def composition(tmp_path: Path, s3_door: Door) -> Iterator[Composition]:
    """A database of its own, as the image of PostgreSQL makes it, and the static files, as the Dockerfile does."""
    s3_door.reset()
    made = Composition(tmp_path, urlsplit(s3_door.url).port or 0)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("CREATE ROLE engine LOGIN")
        server.execute("CREATE DATABASE engine OWNER engine")
        try:
            assert run_build_step(tmp_path).returncode == 0
            yield made
        finally:
            for process in made.running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            server.execute("DROP DATABASE engine WITH (FORCE)")
            server.execute("DROP ROLE engine")


def test_the_services_of_the_file_make_a_picture_and_end_when_they_are_asked_to(composition: Composition) -> None:
    for name in ("migrate", "setup-storage"):
        composition.run_to_its_end(name)
    processes = [name for name in composition.services if name not in ("migrate", "setup-storage")]
    for name in processes:
        composition.start(name)
    _wait(composition, lambda: _answers(f"{composition.url}/readyz"), "a ready engine")

    job = _make_a_picture(composition)
    picture = requests.get(job["result"]["cdnUrl"], timeout=30)
    assert picture.status_code == 200 and picture.content[8:12] == b"WEBP"
    assert job["cost"]["creditsCharged"] > 0
    page = requests.get(f"{composition.url}/admin/login/", headers={"Host": "pictures.example.com"}, timeout=30)
    assert page.status_code == 200
    for name in processes:
        if "healthcheck" in composition.services[name]:
            _wait(composition, lambda name=name: composition.is_healthy(name), f"a healthy {name}")

    assert composition.stop() == dict.fromkeys(processes, 0), composition.logs()
    assert not composition.is_healthy("web")
    said = composition.logs()
    assert [name for name, value in composition.operator.items() if _is_secret(name) and value in said] == []


def _is_secret(name: str) -> bool:
    return name.endswith(("_KEY", "_KEYS", "_PASSWORD")) and name != "S3_ACCESS_KEY"


def _make_a_picture(composition: Composition) -> Any:
    environment = {**composition.environment("web"), "DJANGO_SETTINGS_MODULE": "gencraft_media.settings"}
    made = subprocess.run(
        [sys.executable, "-c", _MAKE_TENANT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    key = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
    body = {**BODY, "model": "sim/priced"}
    accepted = requests.post(f"{composition.url}/api/media/generate", json=body, headers=key, timeout=30)
    assert accepted.status_code == 202, accepted.text
    address = f"{composition.url}/api/media/jobs/{accepted.json()['id']}"

    def ended() -> Any:
        job = requests.get(address, headers=key, timeout=30).json()
        return job if job["status"] in ("completed", "failed", "canceled") else None

    job = _wait(composition, ended, "the picture")
    assert job["status"] == "completed", job
    return job


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def _wait(composition: Composition, condition: Any, what: str) -> Any:
    def look() -> Any:
        dead = {name: one.returncode for name, one in composition.running.items() if one.poll() is not None}
        assert not dead, f"{dead} ended\n{composition.logs()}"
        return condition()

    try:
        return wait_until(look, timeout_s=PATIENCE_S, what=what)
    except TimeoutError as error:
        raise TimeoutError(f"{error}\n{composition.logs()}") from error
