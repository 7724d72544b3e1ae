"""The history of a group, and putting back what was there before a change."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import SettingsOutdated
from gencraft_media.console.media_settings.cards import State
from gencraft_media.console.media_settings.groups import Group, group_of, tabs_for
from gencraft_media.console.media_settings.history import entries_of, told
from gencraft_media.console.media_settings.reverting import can_be_reverted, reversal_of, revert
from gencraft_media.console.media_settings.views import WAITED
from gencraft_media.console.safety.reauthentication import requires_recent_login
from gencraft_media.console.site_pages import page_context

_PAGE = 25


def history_page(request: HttpRequest, group: str) -> HttpResponse:
    """Who changed what, when and why."""
    found = _opened(request, group)
    page = Paginator(entries_of(found, request.user), _PAGE).get_page(request.GET.get("page"))
    entries = [(told(row), _may_revert(request, row)) for row in page]
    context = {"group": found, "tabs": tabs_for(request, found.key), "page": page, "entries": entries}
    title = f"History of {found.title.lower()}"
    return render(request, "media_settings/history.html", {**page_context(request, title), **context})


def revert_page(request: HttpRequest, group: str, entry: int) -> HttpResponseBase:
    """What putting back would change; POST puts it back."""
    found = _opened(request, group)
    row = entries_of(found, request.user).filter(pk=entry).first()
    if row is None:
        raise Http404
    if not _may_revert(request, row):
        raise PermissionDenied
    if request.method != "POST":
        return _confirmation(request, found, row)
    if WAITED in request.POST or reversal_of(row).changes_secrets:
        return requires_recent_login(_put_back)(request, found, row)
    return _put_back(request, found, row)


def _put_back(request: HttpRequest, group: Group, row: AuditEntry) -> HttpResponse:
    problem = _reverted(request, row)
    if problem is not None:
        return _confirmation(request, group, row, problem, HTTPStatus.CONFLICT)
    messages.success(request, f"{told(row).subject}: back to what was before.")
    return HttpResponseRedirect(reverse("admin:media_settings_history", args=[group.key]))


def _reverted(request: HttpRequest, row: AuditEntry) -> str | None:
    seen = State.of_token(request.POST.get("made_from", ""))
    try:
        revert(row, seen=seen, actor=request.user, reason=request.POST.get("reason", "")[:500])
    except SettingsOutdated:
        return "Somebody changed this meanwhile. Look at what would be changed now, then confirm again."
    except ValidationError as error:
        return " ".join(error.messages)
    except GenCraftError as error:
        return " ".join(one.message for one in error.errors) or error.message
    return None


def _confirmation(
    request: HttpRequest, group: Group, row: AuditEntry, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    reversal = reversal_of(row)
    context: dict[str, Any] = {
        "group": group,
        "tabs": tabs_for(request, group.key),
        "entry": told(row),
        "differences": reversal.differences(),
        "made_from": reversal.now().token(),
        "problem": problem,
    }
    page = {**page_context(request, f"Revert {group.title.lower()}"), **context}
    return render(request, "media_settings/revert.html", page, status=status)


def _opened(request: HttpRequest, key: str) -> Group:
    group = group_of(key)
    if not group.is_open_to(request):
        raise PermissionDenied
    return group


def _may_revert(request: HttpRequest, row: AuditEntry) -> bool:
    app, _, model = row.target_kind.partition(".")
    return can_be_reverted(row) and request.user.has_perm(f"{app}.change_{model}")
