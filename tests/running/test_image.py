"""The Dockerfile, as far as it can be judged without building it: its paths, its one build step, what it leaves out."""

import importlib
import json
import re
from pathlib import Path

from tests.running.composed import (
    ROOT,
    command_of_image,
    environment_of_image,
    last_stage,
    run_build_step,
    steps_of_image,
)


def copied() -> list[list[str]]:
    """The paths of each COPY out of the build's folder."""
    return [step.text.split() for step in steps_of_image() if step.instruction == "COPY" and "--from" not in step.text]


def test_everything_that_is_copied_is_there_and_let_into_the_build() -> None:
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M))
    sources = {source for paths in copied() for source in paths[:-1]}
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources == let_in
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_image_holds_every_package_of_the_engine() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    sources = {source for paths in copied() for source in paths[:-1]}
    assert packages | {"templates", "manage.py"} <= sources


def test_what_runs_is_of_a_named_version_and_runs_as_nobody_special() -> None:
    (base,) = [step.text for step in steps_of_image() if step.instruction == "ARG"]
    assert re.fullmatch(r"BASE=python:3\.\d+\.\d+-slim-\w+", base)
    assert {step.text.split()[0] for step in steps_of_image() if step.instruction == "FROM"} == {"${BASE}"}
    (user,) = [step.text for step in last_stage() if step.instruction == "USER"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_packages_are_installed_by_hash_alone() -> None:
    installs = [step.text for step in steps_of_image() if "pip install" in step.text]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0] and "requirements.lock" in installs[0]


def test_the_image_knows_no_secret_and_carries_none() -> None:
    environment = environment_of_image()
    assert environment.keys() & {"SECRET_KEY", "SEALING_KEYS", "DATABASE_URL"} == set()
    assert [step.text for step in steps_of_image() if re.search(r"\.env\b|secrets\.env", step.text)] == []


def test_its_command_names_modules_that_are_there() -> None:
    command = command_of_image()
    assert command[:3] == ["python", "-m", "gunicorn"]
    for option in ("--worker-class", "--logger-class"):
        module, _, name = command[command.index(option) + 1].rpartition(".")
        assert hasattr(importlib.import_module(module), name)
    assert hasattr(importlib.import_module("gencraft_media.asgi"), "application")


def test_the_build_step_collects_the_static_files_without_any_secret_or_server(tmp_path: Path) -> None:
    done = run_build_step(tmp_path)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text())
    assert "studio/mark.svg" in manifest["paths"]
    assert (tmp_path / "static" / manifest["paths"]["studio/mark.svg"]).is_file()
