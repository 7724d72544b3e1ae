"""What `make run` runs: makes the secrets that the settings need to be read at all, then becomes `manage.py serve`."""

import os
import sys
from pathlib import Path

from gencraft_media.console.secrets_file import ensure_secrets

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Generate secrets on the first run, then hand this process over."""
    data_dir = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
    os.environ["DATA_DIR"] = str(data_dir)
    ensure_secrets(data_dir)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "serve", "--prepare", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main()
