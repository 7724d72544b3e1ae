"""The harness sees what it is for."""

import pytest

from tests.browser import chromium
from tests.browser.conftest import Browse
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_requests_to_others_and_errors_of_scripts_are_noted(browse: Browse, watch: Watch) -> None:
    page = browse()
    page.goto("/problems")
    page.evaluate("setTimeout(() => { throw new Error('out of order') })")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => 0)")
    page.goto("/problems/nowhere")
    found = "\n".join(watch.problems)
    watch.problems.clear()
    assert "out of order" in found
    assert "elsewhere.example" in found
    assert "404" in found


def test_the_browser_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/chrome")
    assert chromium.find_chromium() == "/opt/chrome"


def test_without_a_browser_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    with pytest.raises(LookupError, match="apt-get install chromium"):
        chromium.launch_options()
