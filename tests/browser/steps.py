"""What operators do on many pages: log in, follow the sidebar, find a card; and what beat does meanwhile."""

from django.conf import settings
from playwright.sync_api import Locator, Page

from gencraft_media.accounts.models import User
from gencraft_media.celery import app
from tests.safety.people import PASSWORD


def log_in(page: Page, user: User, code: str = "", *, password: str = PASSWORD) -> None:
    """By the form; `code` as the authenticator app shows it."""
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Email").fill(user.email or "")
    page.get_by_label("Password").fill(password)
    page.get_by_label("Authentication code").fill(code)
    page.get_by_role("button", name="Log in").click()


def follow(page: Page, title: str) -> None:
    """Click an entry of the sidebar."""
    # Not by its role: the names of the icons, which are letters of a font, are part of the links' names.
    page.locator("#nav-sidebar a").filter(has=page.get_by_text(title, exact=True)).click()


def sidebar_addresses(page: Page) -> list[str]:
    """Where the entries of the sidebar lead, each once."""
    page.goto("/admin/")
    links = page.locator("#nav-sidebar a[href^='/admin/']")
    return list(dict.fromkeys(links.evaluate_all("all => all.map(one => one.pathname)")))


def open_settings(page: Page, group: str) -> None:
    """Settings › Media generation › a group, by its links."""
    follow(page, "Media generation")
    page.get_by_role("link", name=f"Open {group}").click()


def card(page: Page, title: str) -> Locator:
    """A card of the settings."""
    return page.get_by_role("region", name=title, exact=True)


def figure(page: Page, title: str) -> Locator:
    """A card of the dashboard, with its figure and what it is made of."""
    return page.locator(".dash-card").filter(has=page.get_by_role("heading", name=title, exact=True))


def beat(entry: str) -> None:
    """What beat starts by this entry of its schedule, here and now."""
    scheduled = settings.CELERY_BEAT_SCHEDULE[entry]
    app.loader.import_default_modules()
    app.tasks[scheduled["task"]].apply(kwargs=scheduled.get("kwargs", {}), throw=True)
