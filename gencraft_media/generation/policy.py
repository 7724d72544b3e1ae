"""What holds for a request where its own fields are silent: its project's settings, its plan's, the engine's."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from billing.plans import plan_of
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.remembered import remembered
from gencraft_media.common.scopes import EVERYWHERE, PLAN, newest_versions, plan_scope, project_scope, settled
from gencraft_media.generation.models import MediaSettings, QualitySettings, RoutingSettings

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
    # `provider/model` of the media settings, for requests that name neither provider, model nor strategy.
    default_model: str = ""


@dataclass(frozen=True)
class QualityPolicy:
    """What an output must be worth, 0-1, and how often it is made once more when it is not."""

    threshold: Decimal = Decimal("0.350")
    retries: int = 1


@dataclass(frozen=True)
class MediaPolicy:
    """Whether anything may be made, and how where a request is silent."""

    enabled: bool = True
    quality: str = "standard"
    format: str = "webp"
    compression: int = 82
    # The longest side, in pixels.
    max_resolution: int = 2048
    # `provider/model`; empty: the engine chooses.
    default_model: str = ""
    # -1: pictures stay.
    retention_days: int = -1


def media_policy(project_id: uuid.UUID | None, owner_id: uuid.UUID | None) -> MediaPolicy:
    """What holds for requests of a project and its owner's plan."""
    return _settled(MediaPolicy(), _media_settings(), project_id, owner_id)


def routing_policy(project_id: uuid.UUID | None, owner_id: uuid.UUID | None) -> RoutingPolicy:
    """What holds for requests of a project and its owner's plan."""
    policy = _settled(RoutingPolicy(), _routing_settings(), project_id, owner_id)
    usual = media_policy(project_id, owner_id).default_model
    return replace(policy, default_model=usual) if usual else policy


def quality_policy(project_id: uuid.UUID | None, owner_id: uuid.UUID | None) -> QualityPolicy:
    """What holds for outputs of a project and its owner's plan."""
    return _settled(QualityPolicy(), _quality_settings(), project_id, owner_id)


def _settled(
    default: Policy, rows: Mapping[str, VersionedSettings], project_id: uuid.UUID | None, owner_id: uuid.UUID | None
) -> Policy:
    return settled(default, rows, _scopes(rows, project_id, owner_id)) if rows else default


def _scopes(
    rows: Mapping[str, VersionedSettings], project_id: uuid.UUID | None, owner_id: uuid.UUID | None
) -> Iterator[str]:
    """Narrowest first."""
    yield project_scope(project_id)
    # The plan is looked up only where some plan has settings of its own.
    if owner_id is not None and any(scope.startswith(PLAN) for scope in rows):
        yield plan_scope(plan_of(owner_id).pk)
    yield EVERYWHERE


@remembered
def _routing_settings() -> Mapping[str, RoutingSettings]:
    return newest_versions(RoutingSettings)


@remembered
def _quality_settings() -> Mapping[str, QualitySettings]:
    return newest_versions(QualitySettings)


@remembered
def _media_settings() -> Mapping[str, MediaSettings]:
    return newest_versions(MediaSettings)
