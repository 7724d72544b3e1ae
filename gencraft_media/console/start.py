"""What `make run` and `make demo` run: makes the secrets that the settings need, then becomes a `manage.py` command."""

import os
import sys
from pathlib import Path

from gencraft_media.console.secrets_file import ensure_secrets

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def become(command: str, *arguments: str) -> None:
    """Generate secrets on the first run, then hand this process over to `manage.py command`."""
    data_dir = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
    os.environ["DATA_DIR"] = str(data_dir)
    ensure_secrets(data_dir)
    words = [sys.executable, str(BASE_DIR / "manage.py"), command, *arguments]
    os.execv(sys.executable, words)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    become("serve", "--prepare", *sys.argv[1:])
