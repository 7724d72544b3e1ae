"""A page that asks before something is done by hand, and why it is done; without JavaScript."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextareaWidget

from gencraft_media.common.errors import GenCraftError

REASON_LENGTH = 500


class ReasonForm(forms.Form):
    """Why it is done; the audit keeps it."""

    reason = forms.CharField(
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept in the audit beside your name.",
    )


def ask_and_do(
    request: HttpRequest,
    *,
    title: str,
    question: str,
    verb: str,
    run: Callable[[str], str],
    back: str,
    danger: bool = False,
    facts: dict[str, Any] | None = None,
) -> HttpResponse:
    """Ask for a reason, then `run` with it and go `back` with what it says, or with why it was refused.

    The caller has checked who may; the service checks once more.
    """
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, run(form.cleaned_data["reason"]))
        except GenCraftError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "question": question,
        "verb": verb,
        "form": form,
        "back": back,
        "danger": danger,
        "facts": facts or {},
    }
    return TemplateResponse(request, "operations/confirm.html", context)
