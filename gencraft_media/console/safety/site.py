"""The SuperAdmin site: Unfold's, with our log-in, the second factor it may demand, and pages of our own."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from gencraft_media.accounts.login_form import LogInForm
from gencraft_media.accounts.reauthentication import requires_recent_login
from gencraft_media.accounts.second_factor import is_second_factor_met, must_enrol
from gencraft_media.common.audit import record_audit
from gencraft_media.console.safety.enrolment import authenticator_page
from gencraft_media.console.site_pages import page_urls

# Open to staff that has yet to set up an authenticator app.
ENROLMENT = "authenticator"

View = Callable[..., HttpResponseBase]


class EngineAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # Unfold carries no types
    """What `django.contrib.admin.site` is."""

    login_form = LogInForm
    login_template = "accounts/log_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff whose session proved a second factor wherever one is asked for."""
        return bool(super().has_permission(request)) and is_second_factor_met(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """The site's guard on each page: whoever must set up an authenticator app is led there first."""
        guarded: View = super().admin_view(view, cacheable)

        @functools.wraps(guarded)
        def leading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self._is_newcomer(request):
                return guarded(request, *args, **kwargs)
            if request.path == reverse("admin:logout"):
                return view(request, *args, **kwargs)
            query = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse(f'admin:{ENROLMENT}')}?{query}")

        return leading

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """One's own password: after being asked who one is, and written down."""
        answer = requires_recent_login(super().password_change)(request, extra_context)
        if request.method == "POST" and answer.status_code == HTTPStatus.FOUND and "new_password1" in request.POST:
            record_audit(actor=request.user, action="accounts.change_password", target=request.user)
        return answer

    def extra_urls(self) -> list[Any]:
        """Unfold puts these before the addresses of the tables."""
        enrolment = path(f"{ENROLMENT}/", self._open_to_newcomers(authenticator_page), name=ENROLMENT)
        return [enrolment, *page_urls(self.admin_view)]

    def _open_to_newcomers(self, view: View) -> View:
        guarded: View = super().admin_view(view)

        @never_cache
        def opening(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            chosen = view if self._is_newcomer(request) else guarded
            return chosen(request, *args, **kwargs)

        return opening

    def _is_newcomer(self, request: HttpRequest) -> bool:
        """Staff of whom an authenticator app is demanded and who has none."""
        return bool(super().has_permission(request)) and must_enrol(request)
