"""`make screenshots`: every page of `pages.py` into docs/images/dashboard/, on a desk and a phone, light and dark.

An engine of its own with the demo in it, in a folder that is gone afterwards. ARGS names single pages.
"""

import contextlib
import io
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch_options
from tests.browser.pages import SIGHTS
from tests.services.programs import ROOT, free_port
from tests.suites import clean_environment
from tests.waiting import wait_until

TARGET = ROOT / "docs" / "images" / "dashboard"
# Width → how far down a long page is shown.
SIZES = {1440: 1800, 390: 2400}
SCHEMES = ("light", "dark")
_QUALITY = 62
_PATIENCE_S = 180


@contextlib.contextmanager
def demo_engine() -> Iterator[dict[str, str]]:
    """A running engine with thirty days in it; gives what its first-run.json says."""
    with tempfile.TemporaryDirectory(prefix="gencraft-screenshots-") as folder:
        variables = {**clean_environment(), "DATA_DIR": folder, "PORT": str(free_port())}
        start = [sys.executable, "-m", "gencraft_media.console.start"]
        with (Path(folder) / "engine.log").open("wb") as log:
            engine = subprocess.Popen(start, cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            # Written when the first picture is there: everything runs by then.
            sample = Path(folder) / "first-sample.json"
            wait_until(sample.exists, timeout_s=_PATIENCE_S, what="the engine's first picture")
            demo = [sys.executable, "-m", "gencraft_media.console.demo"]
            subprocess.run(demo, cwd=ROOT, env=variables, check=True)
            yield json.loads((Path(folder) / "first-run.json").read_text())
        finally:
            engine.send_signal(signal.SIGTERM)
            engine.wait()


def take(first_run: dict[str, str], names: set[str]) -> None:
    """All pictures of the pages named, or of all pages."""
    TARGET.mkdir(parents=True, exist_ok=True)
    options = launch_options()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)  # type: ignore[arg-type]
        for width, longest in SIZES.items():
            for scheme in SCHEMES:
                _take_all(browser, first_run, names, width, longest, scheme)
        browser.close()


def _take_all(
    browser: Browser, first_run: dict[str, str], names: set[str], width: int, longest: int, scheme: str
) -> None:
    context = browser.new_context(
        base_url=first_run["url"],
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page, stranger = context.new_page(), browser.new_page(base_url=first_run["url"], color_scheme=scheme)  # type: ignore[arg-type]
    stranger.set_viewport_size({"width": width, "height": 900})
    _log_in(page, first_run)
    for sight in SIGHTS:
        if names and sight.name not in names:
            continue
        shown = stranger if sight.is_public else page
        sight.open(shown)
        _keep(shown, TARGET / f"{sight.name}-{width}-{scheme}.webp", longest)
    stranger.close()
    context.close()


def _log_in(page: Page, first_run: dict[str, str]) -> None:
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Email").fill(first_run["adminEmail"])
    page.get_by_label("Password").fill(first_run["adminPassword"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def _keep(page: Page, path: Path, longest: int) -> None:
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    picture.crop((0, 0, picture.width, min(picture.height, longest))).save(path, quality=_QUALITY, method=6)
    print(f"  {path.relative_to(ROOT)}  {path.stat().st_size // 1024} KiB")  # noqa: T201 (a command's output)


def main() -> None:
    """Take them, saying which."""
    with demo_engine() as first_run:
        take(first_run, set(sys.argv[1:]))


if __name__ == "__main__":
    main()
