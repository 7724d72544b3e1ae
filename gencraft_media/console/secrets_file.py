"""Secrets made once, before Django is configured, and kept beside the data they protect."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

FILE_NAME = "secrets.env"
GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "SEALING_KEYS": lambda: Fernet.generate_key().decode(),
}


def ensure_secrets(data_dir: Path) -> Path:
    """Write each secret that neither the environment nor the file has; what is there already never changes."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    lines = path.read_text().splitlines() if path.exists() else []
    known = {line.partition("=")[0].strip() for line in lines} | os.environ.keys()
    missing = [name for name in GENERATORS if name not in known]
    if missing:
        lines += [f"{name}={GENERATORS[name]()}" for name in missing]
        write_private(path, "\n".join(lines) + "\n")
    return path


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file that only its owner can read."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
