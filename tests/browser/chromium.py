"""The browser of the tests: found, or installed; `python -m tests.browser.chromium` says how if neither works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Nothing that a test did not ask for leaves the browser.
QUIET = (
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-gpu",
    "--disable-quic", "--no-first-run",
)  # fmt: skip
HOW = """There is no Chromium for the browser tests. Any of these helps:
    apt-get install chromium            (Debian, Ubuntu)
    .venv/bin/python -m playwright install --with-deps chromium
    CHROMIUM=/path/to/chrome make test"""


def find_chromium() -> str | None:
    """The program: named by CHROMIUM, on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None) or _find_playwrights_own()


def launch_options() -> dict[str, object]:
    """What `chromium.launch` is told. Raises LookupError, saying how to get a browser, where there is none."""
    program = find_chromium()
    if program is None:
        raise LookupError(HOW)
    # Chromium's sandbox does not work for root, as whom containers run tests.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": program, "args": [*QUIET, *sandbox]}


def _find_playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        program = Path(playwright.chromium.executable_path)
    return str(program) if program.exists() else None


def _starts() -> bool:
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(**launch_options()).close()  # type: ignore[arg-type]
    except (LookupError, PlaywrightError):
        return False
    return True


def main() -> int:
    """Make sure that a browser starts: the one there is, else one that Playwright downloads."""
    if _starts():
        return 0
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        if _starts():
            return 0
    print(HOW, file=sys.stderr)  # noqa: T201 (a command's output)
    return 1


if __name__ == "__main__":
    sys.exit(main())
