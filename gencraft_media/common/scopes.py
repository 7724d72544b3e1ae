"""Settings of several scopes: field by field, the narrowest scope that says something holds."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TypeVar

from django.db.models import Max, OuterRef, Subquery

from gencraft_media.common.models import VersionedSettings

Kind = TypeVar("Kind", bound=VersionedSettings)
Policy = TypeVar("Policy")
EVERYWHERE = "global"
PLAN, PROJECT = "plan:", "project:"


def project_scope(project_id: uuid.UUID | None) -> str:
    """The scope of one project."""
    return f"{PROJECT}{project_id}"


def plan_scope(plan_key: str) -> str:
    """The scope of the projects whose owners have this plan."""
    return f"{PLAN}{plan_key}"


def newest_versions(kind: type[Kind]) -> dict[str, Kind]:
    """The version in force of every scope that has one, in one query."""
    rows = kind._default_manager.order_by()
    newest = rows.filter(scope=OuterRef("scope")).values("scope").annotate(newest=Max("version")).values("newest")
    return {row.scope: row for row in rows.filter(version=Subquery(newest))}


def settled(default: Policy, rows: Mapping[str, VersionedSettings], scopes: Iterable[str]) -> Policy:
    """`default`, a dataclass, with what the rows of `scopes` say, narrowest first; None and "" say nothing."""
    speaking = [rows[scope] for scope in scopes if scope in rows]
    if not speaking:
        return default
    values = {}
    for field in fields(default):  # type: ignore[arg-type]
        every = (getattr(row, field.name, None) for row in speaking)
        said = next((value for value in every if value not in (None, "")), getattr(default, field.name))
        values[field.name] = tuple(said) if isinstance(said, list) else said
    return type(default)(**values)
