"""The hub's pages: an overview, one page for each group, and saving a card of it."""

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render

from gencraft_media.common.models import AuditEntry
from gencraft_media.console.media_settings.cards import Card, State, Tried, may_change
from gencraft_media.console.media_settings.differences import Difference
from gencraft_media.console.media_settings.forms import CardForm
from gencraft_media.console.media_settings.groups import GROUPS, Group, group_of, tabs_for
from gencraft_media.console.media_settings.packages import ADD, REMOVE, edited_rows
from gencraft_media.console.media_settings.saving import save_card
from gencraft_media.console.media_settings.summaries import summaries
from gencraft_media.console.safety.reauthentication import requires_recent_login
from gencraft_media.console.site_pages import page_context

# Buttons beside "Save".
PREVIEW, CHECK = "preview", "check"
_UNSAVED = frozenset({PREVIEW, CHECK, ADD, REMOVE})
# The field of a form that waited until the person was asked who they are.
WAITED = "sealed_form"


@dataclass(frozen=True)
class Shown:
    """A card as the template gets it."""

    card: Card
    form: CardForm
    state: State
    is_editable: bool
    last_change: AuditEntry | None
    # None: nobody changed anything since the form was made. Of a secret no difference is shown.
    meanwhile: list[Difference] | None = None
    tried: list[Tried] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def fieldsets(self) -> list[tuple[str, list[Any]]]:
        """The headings with their fields; a field that this form lacks is left out."""
        return [
            (title, [self.form[name] for name in names if name in self.form.fields])
            for title, names in self.form.fieldsets
        ]


def overview(request: HttpRequest) -> HttpResponse:
    """What is in force in each group, in a few words."""
    groups = [group for group in GROUPS.values() if group.is_open_to(request)]
    context = {"tabs": tabs_for(request, ""), "groups": [(group, summaries(group.key)) for group in groups]}
    return render(request, "media_settings/overview.html", {**page_context(request, "Media generation"), **context})


def group_page(request: HttpRequest, group: str) -> HttpResponseBase:
    """The cards of a group; POST saves one of them. Typing in a secret asks who it is."""
    found = group_of(group)
    if not found.is_open_to(request):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, found)
    if WAITED in request.POST or _changes_secret(request, found):
        return requires_recent_login(_post)(request, found)
    return _post(request, found)


def _post(request: HttpRequest, group: Group) -> HttpResponseBase:
    card = _card_named(request, group)
    if not may_change(request, card):
        raise PermissionDenied
    if _UNSAVED & request.POST.keys():
        return _unsaved(request, group, card)
    outcome = save_card(card, request.POST, actor=request.user)
    if outcome.status == HTTPStatus.OK:
        said = "; ".join(f"{change.label}: {change.after}" for change in outcome.changed)
        if said:
            messages.success(request, f"{card.title} saved. {said}.")
        else:
            messages.info(request, f"{card.title}: nothing was changed.")
        if warning := card.warning():
            messages.warning(request, warning)
        return HttpResponseRedirect(f"{request.get_full_path()}#{card.key}")
    shown = _shown(request, card, outcome.form, outcome.state, outcome.meanwhile)
    return _page(request, group, shown, status=outcome.status)


def _unsaved(request: HttpRequest, group: Group, card: Card) -> HttpResponse:
    """The page with what was typed, not saved: with the prices it makes, how a trial went, or another row."""
    seen = State.of_token(request.POST.get("made_from", "")) or card.state()
    form = card.form(request.POST, seen.values)
    if {ADD, REMOVE} & request.POST.keys():
        typed = form.raw_values()
        typed["credit_packages"] = edited_rows(typed.get("credit_packages", []), request.POST)
        return _page(request, group, _shown(request, card, card.form(None, typed), seen))
    is_right = form.is_valid()
    tried = card.check(form.said()) if is_right and CHECK in request.POST else []
    status = HTTPStatus.OK if is_right else HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(request, group, replace(_shown(request, card, form, seen), tried=tried), status=status)


def _page(
    request: HttpRequest, group: Group, posted: Shown | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    cards = []
    for card in group.cards(request):
        if posted is not None and posted.card.key == card.key:
            cards.append(posted)
        else:
            state = card.state()
            cards.append(_shown(request, card, card.form(None, state.values), state))
    context = {"group": group, "tabs": tabs_for(request, group.key), "cards": cards}
    page = {**page_context(request, f"{group.title} of media generation"), **context}
    return render(request, "media_settings/group.html", page, status=status)


def _shown(
    request: HttpRequest, card: Card, form: CardForm, state: State, meanwhile: list[Difference] | None = None
) -> Shown:
    is_editable = may_change(request, card)
    if is_editable:
        form.show_secret_state(card.secret_states())
    else:
        form.disable()
    return Shown(card, form, state, is_editable, card.last_change(), meanwhile, extras=card.extras(form))


def _card_named(request: HttpRequest, group: Group) -> Card:
    named = request.POST.get("card", "")
    for card in group.cards(request):
        if card.key == named:
            return card
    raise Http404


def _changes_secret(request: HttpRequest, group: Group) -> bool:
    """Whether a secret would be saved, or forgotten."""
    card = _card_named(request, group)
    if not may_change(request, card):
        raise PermissionDenied
    if _UNSAVED & request.POST.keys():
        return False
    form = card.form(request.POST)
    return bool(form.typed) or any(request.POST.get(form.add_prefix(name)) for name in form.forgetting)
