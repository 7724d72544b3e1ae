"""Who looks at a project over a longer time, and whether they still may."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.keys import live_keys
from gencraft_media.accounts.models import Membership


@dataclass(frozen=True)
class Reach:
    """What let somebody in: a key, or without one the membership in the project."""

    user_id: uuid.UUID
    project_id: uuid.UUID | None
    key_id: uuid.UUID | None


def reach_of(caller: Caller, project_id: uuid.UUID | None) -> Reach:
    """How the caller came to this project, which was checked to be theirs to see."""
    return Reach(caller.user.pk, project_id, caller.key.pk if caller.key is not None else None)


def still_held(reaches: Collection[Reach]) -> set[Reach]:
    """Those that hold: the key is live, its user active and a member; the user active and still a member."""
    key_ids = {reach.key_id for reach in reaches if reach.key_id is not None}
    user_ids = {reach.user_id for reach in reaches if reach.key_id is None}
    live: set[uuid.UUID] = set()
    members: set[tuple[uuid.UUID, uuid.UUID | None]] = set()
    if key_ids:
        keys = live_keys().filter(pk__in=key_ids, user__is_active=True, project__membership__user=F("user"))
        live = set(keys.values_list("pk", flat=True))
    if user_ids:
        rows = Membership.objects.filter(user__in=user_ids, user__is_active=True)
        members = set(rows.values_list("user_id", "project_id"))
    return {
        reach
        for reach in reaches
        if (reach.key_id in live if reach.key_id is not None else (reach.user_id, reach.project_id) in members)
    }
