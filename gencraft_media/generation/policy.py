"""What holds for a request where its own fields are silent: its project's settings, its plan's, the engine's."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Max, OuterRef, Subquery

from billing.plans import plan_of
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.remembered import remembered
from gencraft_media.generation.models import QualitySettings, RoutingSettings

Policy = TypeVar("Policy")


@dataclass(frozen=True)
class RoutingPolicy:
    """How a model is chosen, and what may happen when it fails."""

    # Empty: nobody says one.
    strategy: str = ""
    # US dollars for a whole request; None: no bound.
    max_cost: Decimal | None = None
    max_seconds: float | None = None
    # Empty: everybody.
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    fallback: bool = True
    fallback_after_moderation: bool = False
    fallback_extra_percent: int = 100


@dataclass(frozen=True)
class QualityPolicy:
    """What an output must be worth, 0-1, and how often it is made once more when it is not."""

    threshold: Decimal = Decimal("0.350")
    retries: int = 1


def routing_policy(project_id: uuid.UUID | None, owner_id: uuid.UUID | None) -> RoutingPolicy:
    """What holds for requests of a project and its owner's plan."""
    return _merged(RoutingPolicy(), _routing_settings(), project_id, owner_id)


def quality_policy(project_id: uuid.UUID | None, owner_id: uuid.UUID | None) -> QualityPolicy:
    """What holds for outputs of a project and its owner's plan."""
    return _merged(QualityPolicy(), _quality_settings(), project_id, owner_id)


def _merged(
    default: Policy, rows: Mapping[str, Any], project_id: uuid.UUID | None, owner_id: uuid.UUID | None
) -> Policy:
    """Field by field, the narrowest scope that says something."""
    names = [f"project:{project_id}", "global"]
    # The plan is looked up only where some plan has settings of its own.
    if owner_id is not None and any(scope.startswith("plan:") for scope in rows):
        names.insert(1, f"plan:{plan_of(owner_id).pk}")
    scopes = [rows[name] for name in names if name in rows]
    if not scopes:
        return default
    values = {}
    for field in fields(default):  # type: ignore[arg-type]
        said = next((value for row in scopes if (value := getattr(row, field.name)) not in (None, "")), None)
        values[field.name] = getattr(default, field.name) if said is None else said
    return type(default)(**{name: tuple(said) if isinstance(said, list) else said for name, said in values.items()})


@remembered
def _routing_settings() -> Mapping[str, RoutingSettings]:
    return _newest(RoutingSettings)


@remembered
def _quality_settings() -> Mapping[str, QualitySettings]:
    return _newest(QualitySettings)


def _newest(kind: type[VersionedSettings]) -> dict[str, Any]:
    """The settings in force of every scope, in one query."""
    rows = kind._default_manager.order_by()
    newest = rows.filter(scope=OuterRef("scope")).values("scope").annotate(newest=Max("version")).values("newest")
    return {row.scope: row for row in rows.filter(version=Subquery(newest))}
