"""What a page must not do while a test looks at it: report errors, or ask another machine for anything."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route


@dataclass
class Watch:
    """Listens to all pages of a browser context. `expected_statuses`: answers that a test asks for on purpose."""

    site: str
    problems: list[str] = field(default_factory=list)
    expected_statuses: set[int] = field(default_factory=set)

    def attach(self, context: BrowserContext) -> None:
        """Watch everything that happens in the context, and let no request out to others."""
        context.route("**/*", self._let_home_only)
        context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.problems.append(f"error on {page.url}: {error}"))

    def _let_home_only(self, route: Route, request: Request) -> None:
        if urlsplit(request.url).netloc == urlsplit(self.site).netloc:
            route.continue_()
            return
        self.problems.append(f"asked {request.url}")
        route.abort()

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        status = re.search(r"responded with a status of (\d+)", message.text)
        if not (status and int(status[1]) in self.expected_statuses):
            self.problems.append(f"console on {message.location.get('url')}: {message.text}")
