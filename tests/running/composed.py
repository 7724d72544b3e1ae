"""docker-compose.yml and the Dockerfile, read as Docker reads them, as far as they use it."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from tests.suites import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE_FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
SECRETS = ["SECRET_KEY", "SEALING_KEYS", "POSTGRES_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"]
# What only the operator can know.
NEEDED = dict.fromkeys([*SECRETS, "PUBLIC_URL", "ALLOWED_HOSTS"], "given")
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>[A-Z0-9_]+)(?:(?P<how>:?[-?])(?P<word>[^}]*))?\}")
_UNITS = {"s": 1.0, "m": 60.0}


class VariableMissing(Exception):
    """`${NAME:?message}`, and there is no NAME, or an empty one."""


def compose_document(variables: dict[str, str]) -> dict[str, Any]:
    """The whole file with its variables filled in. Raises VariableMissing where the file insists on one."""
    return cast(dict[str, Any], _filled(yaml.safe_load(COMPOSE_FILE.read_text()), variables))


def variables_of_compose() -> set[str]:
    """The names that the file asks the operator for."""
    return {found["name"] for found in _VARIABLE.finditer(COMPOSE_FILE.read_text()) if found["name"]}


def our_services(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that run the engine's image."""
    return {name: one for name, one in document["services"].items() if "build" in one}


def seconds(duration: str) -> float:
    """`90s`, `5m`."""
    return float(duration[:-1]) * _UNITS[duration[-1]]


def _filled(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, variables) for one in value]
    return _VARIABLE.sub(lambda found: _value_of(found, variables), value) if isinstance(value, str) else value


def _value_of(found: re.Match[str], variables: dict[str, str]) -> str:
    name, how, word = found["name"], found["how"] or "", found["word"]
    if name is None:
        return "$"
    value = variables.get(name)
    if value is None or (not value and how.startswith(":")):
        if how.endswith("?"):
            raise VariableMissing(name)
        return word or ""
    return value


@dataclass(frozen=True)
class Step:
    """One instruction: `FROM`, `COPY` and so on, and what follows it, in one line."""

    instruction: str
    text: str


def steps_of_image() -> list[Step]:
    """All instructions of the Dockerfile."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.M).replace("\\\n", " ")
    return [Step(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def last_stage() -> list[Step]:
    """The instructions that make what runs."""
    steps = steps_of_image()
    start = max(number for number, step in enumerate(steps) if step.instruction == "FROM")
    return steps[start:]


def environment_of_image() -> dict[str, str]:
    """What `ENV` sets in what runs."""
    found = [shlex.split(step.text) for step in last_stage() if step.instruction == "ENV"]
    return dict(part.split("=", 1) for line in found for part in line)


def command_of_image() -> list[str]:
    """What runs if nobody says otherwise."""
    (command,) = (step.text for step in last_stage() if step.instruction == "CMD")
    return cast(list[str], json.loads(command))


def run_build_step(folder: Path) -> subprocess.CompletedProcess[str]:
    """Collect the static files as the Dockerfile does, below `folder`."""
    (step,) = [step.text for step in steps_of_image() if "collectstatic" in step.text]
    where = environment_of_image()["STATIC_ROOT"]
    assert f"STATIC_ROOT={where} " in step, "it is collected where it is looked for"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", step.replace(where, str(folder / "static"))],
        cwd=ROOT,
        env={**clean_environment(), "DATA_DIR": str(folder), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
