"""Asks axe-core what is wrong with a page for people who do not see, hear or point as others do."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path(__file__).parent / "axe_core" / "axe.min.js"
GRAVE = ("serious", "critical")


@cache
def _source() -> str:
    return SOURCE.read_text()


def grave_findings(page: Page) -> list[str]:
    """Everything serious or critical on the page, one line for each element."""
    # Until its font is there an icon is a pale word.
    page.wait_for_load_state("load")
    page.evaluate("Promise.all([...document.fonts].map(face => face.load())).then(() => true)")
    # By the browser's own tools, which the page's content security policy does not bind.
    page.evaluate(_source())
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:160]} | {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
