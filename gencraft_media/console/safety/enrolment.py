"""The page where staff sets up its authenticator app, renews its recovery codes, or switches both off."""

from base64 import b64encode
from typing import Any

import qrcode
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from qrcode.image.svg import SvgPathFillImage
from unfold.widgets import UnfoldAdminTextInputWidget

from gencraft_media.accounts import second_factor
from gencraft_media.accounts.models import User
from gencraft_media.accounts.reauthentication import requires_recent_login
from gencraft_media.console.site_pages import page_context

TITLE = "Authenticator app"


class FirstCodeForm(forms.Form):
    """The code that shows that the app has the key."""

    code = forms.CharField(
        label="Code that the app shows",
        max_length=6,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "pattern": "[0-9]{6}"}
        ),
    )


@requires_recent_login
def authenticator_page(request: HttpRequest) -> HttpResponseBase:
    """Sets the app up where there is none; else shows since when there is one, and what can be done."""
    user = request.user
    assert isinstance(user, User)
    if second_factor.has_authenticator(user):
        return _change(request, user) if request.method == "POST" else _show(request, user)
    return _enrol(request, user)


def _enrol(request: HttpRequest, user: User) -> HttpResponseBase:
    form = FirstCodeForm(request.POST or None)
    if form.is_valid():
        codes = second_factor.confirm_enrolment(request, user, form.cleaned_data["code"])
        if codes is not None:
            return _show_codes(request, codes)
        form.add_error("code", second_factor.WRONG_CODE)
    device = second_factor.start_enrolment(user)
    picture = qrcode.make(device.setup_uri(), image_factory=SvgPathFillImage).to_string()
    context = {
        "form": form,
        "picture": b64encode(picture).decode(),
        "key": " ".join(device.key[at : at + 4] for at in range(0, len(device.key), 4)),
        "demanded": second_factor.is_demanded_of(user),
    }
    return _page(request, "accounts/authenticator_new.html", context)


def _show(request: HttpRequest, user: User) -> HttpResponseBase:
    context = {
        "codes_left": second_factor.codes_left(user),
        "since": second_factor.authenticator_since(user),
        "demanded": second_factor.is_demanded_of(user),
    }
    return _page(request, "accounts/authenticator.html", context)


def _change(request: HttpRequest, user: User) -> HttpResponseBase:
    if request.POST.get("wish") == "codes":
        return _show_codes(request, second_factor.renew_recovery_codes(user))
    if request.POST.get("wish") == "off":
        if second_factor.is_demanded_of(user):
            messages.error(request, "Your engine demands an authenticator app; it cannot be switched off.")
        else:
            second_factor.switch_off(user, actor=user)
            messages.success(request, "Your authenticator app and recovery codes are forgotten.")
    return HttpResponseRedirect(request.path)


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponseBase:
    onwards = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onwards, {request.get_host()}, require_https=request.is_secure()):
        onwards = ""
    return _page(request, "accounts/recovery_codes.html", {"codes": codes, "onwards": onwards})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    answer = TemplateResponse(request, template, {**page_context(request, TITLE), **context})
    # Keys and codes are shown here.
    answer["Cache-Control"] = "no-store"
    return answer
