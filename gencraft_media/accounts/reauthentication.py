"""Asking again who somebody is before keys and credits: whoever proved it within ten minutes is not asked."""

import functools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from gencraft_media.accounts.models import User
from gencraft_media.accounts.second_factor import WRONG_CODE, has_authenticator, note_wrong_code, verify_code
from gencraft_media.common.clock import database_now
from gencraft_media.common.sealed import SealBroken, seal, unseal

RECENT_S = 600
_SESSION_KEY = "identity_confirmed_at"
# In the body of a form that this page sends on; no form of the site has fields of these names.
_SEALED, _PASSWORD, _CODE = "sealed_form", "confirm_password", "confirm_code"
_LARGEST_FORM = 200_000

View = Callable[..., HttpResponseBase]


class ConfirmForm(forms.Form):
    """The password again, and the authenticator's code of whoever has one."""

    confirm_password = forms.CharField(
        label="Password",
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    confirm_code = forms.CharField(
        label="Authentication code",
        help_text="Six digits of your authenticator app, or one of your recovery codes.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "text"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request = request
        if not has_authenticator(request.user):
            del self.fields[_CODE]

    def clean(self) -> dict[str, Any]:
        """Through Django's own way in, so that wrong answers lock as they do at the log-in."""
        said = super().clean() or {}
        if self.errors:
            return said
        user = self.request.user
        assert isinstance(user, User)
        if authenticate(self.request, username=user.email, password=said[_PASSWORD]) != user:
            raise forms.ValidationError("This is not your password.")
        if _CODE in self.fields and verify_code(user, said[_CODE]) is None:
            note_wrong_code(self.request, user)
            raise forms.ValidationError(WRONG_CODE)
        return said


def note_confirmation(request: HttpRequest) -> None:
    """Remember in the session that its user proved now who they are."""
    request.session[_SESSION_KEY] = database_now().timestamp()


def is_recently_confirmed(request: HttpRequest) -> bool:
    """Whether password and code were given within RECENT_S."""
    confirmed_at = request.session.get(_SESSION_KEY, 0.0)
    return bool(0 <= database_now().timestamp() - confirmed_at < RECENT_S)


def requires_recent_login(view: View) -> View:
    """A view that opens only to who proved it recently; others meet a page that asks, and come back by it.

    A form that was being sent is kept, sealed, in that page and sent on afterwards; one with files must be sent again,
    and is told so. For a method, and for a ModelAdmin's `add_view`, take `method_decorator(requires_recent_login)`.
    """

    @functools.wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_recently_confirmed(request) and _SEALED not in request.POST:
            return view(request, *args, **kwargs)
        if request.method != "POST":
            return _ask(request, ConfirmForm(request), "")
        if _SEALED not in request.POST:
            return _ask(request, ConfirmForm(request), _seal_form(request))
        form = ConfirmForm(request, data=request.POST)
        if not form.is_valid():
            return _ask(request, form, request.POST[_SEALED])
        note_confirmation(request)
        body = _find_sealed_form(request)
        if body is None:
            return HttpResponseRedirect(request.get_full_path())
        request.POST = body  # type: ignore[assignment]  # mutable in the stubs, immutable in every request
        return view(request, *args, **kwargs)

    return asking


class ConfirmedAdmin(ModelAdmin):  # type: ignore[misc]  # Unfold carries no types
    """Rows whose pages are looked at as any, and sent by who proved lately who they are."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The form of a row, there or new."""
        return _asking_if_sent(request, super().changeform_view)(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        """The question before a row is deleted."""
        return _asking_if_sent(request, super().delete_view)(request, object_id, extra_context)


def _asking_if_sent(request: HttpRequest, view: View) -> View:
    return requires_recent_login(view) if request.method == "POST" else view


def _ask(request: HttpRequest, form: ConfirmForm, sealed_form: str) -> HttpResponseBase:
    context = {
        **admin.site.each_context(request),
        "title": "Confirm that it is you",
        "form": form,
        "sealed_form": sealed_form,
        "minutes": RECENT_S // 60,
    }
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.FORBIDDEN
    answer = TemplateResponse(request, "accounts/confirm.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _seal_form(request: HttpRequest) -> str:
    body = request.POST.urlencode()
    if request.FILES or len(body) > _LARGEST_FORM:
        messages.warning(request, "Nothing was saved yet: confirm that it is you, then send the form again.")
        return ""
    return seal(json.dumps({"user": str(request.user.pk), "path": request.path, "body": body}))


def _find_sealed_form(request: HttpRequest) -> QueryDict | None:
    """What was being sent to this very address by this very person."""
    try:
        kept = json.loads(unseal(request.POST[_SEALED]))
    except (SealBroken, ValueError):
        return None
    if (kept["user"], kept["path"]) != (str(request.user.pk), request.path):
        return None
    return QueryDict(kept["body"])
