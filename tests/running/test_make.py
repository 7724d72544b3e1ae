"""The Makefile's promises to somebody who has python3 and make and nothing else."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EMPTY = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-C", ROOT, *arguments], env=EMPTY, capture_output=True, text=True, check=False)


def fake_python(folder: Path, body: str) -> str:
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_help_names_every_target() -> None:
    said = make("help").stdout
    for target in (
        "help",
        "setup",
        "run",
        "demo",
        "demo-remove",
        "test",
        "check",
        "lint",
        "types",
        "arch",
        "bench",
        "soak",
        "lock",
    ):
        assert f"make {target} " in said


def test_a_missing_venv_module_says_what_to_install(tmp_path: Path) -> None:
    python = fake_python(tmp_path, 'case "$*" in *ensurepip*) exit 1;; esac; exit 0')
    done = make("python", f"PYTHON={python}", f"ENVIRONMENT={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_an_old_python_is_refused_by_name(tmp_path: Path) -> None:
    python = fake_python(tmp_path, 'case "$*" in --version) echo "Python 3.9.2"; exit 0;; esac; exit 1')
    done = make("python", f"PYTHON={python}", f"ENVIRONMENT={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "3.9.2" in done.stdout


def test_an_environment_is_installed_anew_only_when_its_lock_changed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    lock, stamp = tmp_path / "requirements.lock", tmp_path / ".venv" / "run.stamp"
    stamp.parent.mkdir()
    for path, changed_at in ((lock, 1_000), (stamp, 2_000)):
        path.touch()
        os.utime(path, (changed_at, changed_at))
    question = ["make", "-C", str(tmp_path), "--question", ".venv/run.stamp"]
    assert subprocess.run(question, env=EMPTY, check=False).returncode == 0
    os.utime(lock, (3_000, 3_000))
    assert subprocess.run(question, env=EMPTY, check=False).returncode == 1
