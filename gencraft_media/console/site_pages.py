"""Pages of the SuperAdmin site that show no table: registered once, found under /admin/, guarded like the rest."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

View = Callable[..., HttpResponseBase]
# A permission ("billing.view_plan"), what decides by itself, or None: everybody who may enter the site.
Permission = str | Callable[[HttpRequest], bool] | None


@dataclass(frozen=True)
class SitePage:
    """One page: its path below /admin/, its view, its name ("admin:<name>") and who may open it."""

    path: str
    view: View
    name: str
    permission: Permission

    def is_open_to(self, request: HttpRequest) -> bool:
        """Whether this person may open it."""
        if self.permission is None:
            return True
        return self.permission(request) if callable(self.permission) else request.user.has_perm(self.permission)


_PAGES: dict[str, SitePage] = {}


def register_page(path: str, view: View, *, name: str, permission: Permission) -> None:
    """Add a page at start-up (`console.admin` imports the module that calls this); its address is "admin:<name>".

    Who has no permission is answered 403. A second page of the same name is a programming error.
    """
    if name in _PAGES:
        raise ValueError(f"page {name} is registered twice")
    _PAGES[name] = SitePage(path, view, name, permission)


def is_page(name: str) -> bool:
    """Whether a page of this name is registered."""
    return name in _PAGES


def may_open(request: HttpRequest, name: str) -> bool:
    """Whether the page exists and this person may open it."""
    return name in _PAGES and _PAGES[name].is_open_to(request)


def find_page_link(request: HttpRequest, name: str, *, title: str, icon: str) -> dict[str, Any] | None:
    """The sidebar's entry for a page without arguments, or None for who may not open it."""
    if not may_open(request, name):
        return None
    return {"title": title, "icon": icon, "link": reverse(f"admin:{name}"), "active": _is_on(request, name)}


def _is_on(request: HttpRequest, name: str) -> bool:
    """Whether the page shown is this one, or below it: a model's admin may have an address that begins alike."""
    shown = request.resolver_match.url_name if request.resolver_match else None
    return shown in _PAGES and _PAGES[shown].path.startswith(_PAGES[name].path)


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """What every template that extends admin/base.html needs, with the page's title."""
    return {**admin.site.each_context(request), "title": title, "subtitle": None}


def page_urls(admin_view: Callable[[View], View]) -> list[URLPattern]:
    """The addresses of all pages, each behind the site's log-in."""
    return [path(page.path, admin_view(_guarded(page)), name=page.name) for page in _PAGES.values()]


def _guarded(page: SitePage) -> View:
    @functools.wraps(page.view)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not page.is_open_to(request):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return view
