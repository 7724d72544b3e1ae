"""For whom the cards of the page hold: everybody, a plan, or one project."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from billing.models import Plan
from billing.scopes import find_project, scope_label, wider_scopes
from gencraft_media.accounts.models import Project
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.common.settings_changes import newest_settings

_MOST_PROJECTS = 200


@dataclass(frozen=True)
class ScopeChoice:
    """One entry of the page's list of scopes."""

    scope: str
    label: str


def scope_of(request: HttpRequest) -> str:
    """The scope that the address names, everybody by default. Raises Http404 for one that is not there."""
    said = (request.GET.get("scope") or "").strip()
    kind, _, key = said.partition(":")
    if said in ("", EVERYWHERE):
        return EVERYWHERE
    if kind == "plan" and Plan.objects.filter(pk=key).exists():
        return said
    # The id of a project may be pasted as it is.
    project = find_project(key if kind == "project" else said)
    if project is None:
        raise Http404(f"There is no {said} here.")
    return f"project:{project.pk}"


def scope_choices(scope: str) -> list[ScopeChoice]:
    """Everybody, every plan, and the projects; of very many projects the newest, and the one that is chosen."""
    plans = [ScopeChoice(f"plan:{plan.pk}", f"Plan {plan.label}") for plan in Plan.objects.order_by("pk")]
    rows = Project.objects.order_by("-created_at", "pk").values_list("pk", "name")[:_MOST_PROJECTS]
    projects = [ScopeChoice(f"project:{pk}", f"Project {name} ({str(pk)[:8]})") for pk, name in rows]
    choices = [ScopeChoice(EVERYWHERE, "Everybody"), *plans, *sorted(projects, key=lambda choice: choice.label)]
    if scope not in {choice.scope for choice in choices}:
        label = scope_label(scope).removeprefix("for the ")
        choices.append(ScopeChoice(scope, f"{label[:1].upper()}{label[1:]}"))
    return choices


@dataclass(frozen=True)
class Inherited:
    """What holds where a scope says nothing, and who says so."""

    value: Any
    source: str


def inherited_values(kind: type[VersionedSettings], scope: str, otherwise: Any) -> dict[str, Inherited]:
    """Field by field what the next wider scope that says something has; else the attribute of `otherwise`."""
    rows = [(wider, newest_settings(kind, wider).values()) for wider in wider_scopes(scope)]
    found = {}
    for name in kind().values():
        said = next(((row[name], wider) for wider, row in rows if row[name] not in (None, "")), None)
        if said is None:
            found[name] = Inherited(getattr(otherwise, name, None), "the engine")
        else:
            found[name] = Inherited(said[0], "everybody" if said[1] == EVERYWHERE else scope_label(said[1])[4:])
    return found
