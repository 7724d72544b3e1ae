"""One Chromium for all browser tests, a live engine in this process for each, and pages that are watched.

Playwright's event loop runs in the main thread meanwhile: Django is told that its database may be used even so.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, Protocol

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from gencraft_media.accounts.models import User
from tests.browser.axe import grave_findings
from tests.browser.chromium import launch_options
from tests.browser.watching import Watch
from tests.factories import make_super_admin
from tests.generation.conftest import engine
from tests.generation.tenants import Tenant, make_tenant

__all__ = ["engine"]

# Longer than anything takes on a busy machine; a page that comes is not waited for.
PATIENCE_MS = 20_000


Scheme = Literal["light", "dark"]
Look = Callable[[Page], None]


class Browse(Protocol):
    """Opens a page in a browser of its own, logged in as `user` without the log-in form."""

    def __call__(self, user: User | None = None, *, width: int = 1440, scheme: Scheme = "light") -> Page: ...


# Ends with the last browser test: no other test may meet Playwright's event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser."""
    # Looked for first: finding Playwright's own starts Playwright, which cannot be started within itself.
    options = launch_options()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(**options)  # type: ignore[arg-type]
        yield browser
        browser.close()


@pytest.fixture
def site(engine: None, live_server: LiveServer, settings: Settings) -> str:
    """The address of a live engine with catalogue, prices and no people; `drive` takes its jobs further."""
    settings.PUBLIC_URL = settings.CDN_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def watch(site: str) -> Iterator[Watch]:
    """Fails the test that it is in on any console error, error of a script, or request to another machine."""
    watching = Watch(site)
    yield watching
    assert not watching.problems, "\n".join(watching.problems)


@pytest.fixture
def browse(chromium: Browser, site: str, watch: Watch) -> Iterator[Browse]:
    """Opens watched pages; `page.goto("/admin/")` goes to the live engine."""
    closing: list[Callable[[], Any]] = []

    def open_page(user: User | None = None, *, width: int = 1440, scheme: Scheme = "light") -> Page:
        size = {"width": width, "height": 900}
        context = chromium.new_context(base_url=site, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        closing.append(context.close)
        context.set_default_timeout(PATIENCE_MS)
        watch.attach(context)
        if user is not None:
            context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": site}])
        return context.new_page()

    yield open_page
    for close in closing:
        close()


@pytest.fixture
def look() -> Iterator[Look]:
    """`look(page)` has axe-core judge a page as it is then; anything serious fails the test that it is in."""
    findings: list[str] = []
    yield lambda page: findings.extend(f"{page.url}: {found}" for found in grave_findings(page))
    assert not findings, "\n".join(findings)


@pytest.fixture
def alice(site: str) -> Tenant:
    """Alice with a thousand credits; her pictures are given by the live engine."""
    return make_tenant()


@pytest.fixture
def sam(site: str) -> User:
    """A SuperAdmin; the password is `password`."""
    return make_super_admin()


def session_of(user: User) -> str:
    """The cookie of a browser in which the user just logged in."""
    client = Client()
    client.force_login(user)
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value
