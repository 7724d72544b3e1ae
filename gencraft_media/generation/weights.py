"""How much each project's owner's plan gives it where slots are scarce; remembered for a second."""

import uuid
from collections.abc import Collection, Mapping

from billing.models import CreditAccount
from gencraft_media.accounts.models import Project
from gencraft_media.common.remembered import remembered

# Of an owner who has no account yet, and so no plan but the free one.
_LEAST = 1


def weights_of(project_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """The weight of each project, by its owner's plan."""
    known = _known()
    missing = [project_id for project_id in project_ids if project_id not in known]
    if missing:
        known.update(_read(missing))
    return known


@remembered
def _known() -> dict[uuid.UUID, int]:
    """Filled as projects are asked for: only those that wait are read, not all there are."""
    return {}


def _read(project_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    owners = dict(Project.objects.filter(pk__in=project_ids).values_list("pk", "owner_id"))
    accounts = CreditAccount.objects.filter(owner_id__in=set(owners.values()))
    weights = dict(accounts.values_list("owner_id", "plan__weight"))
    # A project that is gone has no owner.
    of_projects = {project_id: weights.get(owner_id, _LEAST) for project_id, owner_id in owners.items()}
    return {**dict.fromkeys(project_ids, _LEAST), **of_projects}
