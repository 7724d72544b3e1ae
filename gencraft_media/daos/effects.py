"""What a plan would do to people and money, told before anybody confirms it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gencraft_media.common.configuration import Change
from gencraft_media.common.settings_changes import newest_settings
from gencraft_media.daos.models import ConfigurationPlan, PlanPolicy, PlanState
from gencraft_media.daos.reach import reach_of
from gencraft_media.generation.replay import replay_jobs


def effect_of(changes: Sequence[Change]) -> dict[str, Any]:
    """Whom changes touch, and what the last 30 days' jobs would have cost with them."""
    reach = reach_of(changes)
    return {
        "projects": reach.projects,
        "users": reach.users,
        "keys": reach.keys,
        "replay": replay_jobs(changes).as_json(),
    }


def second_person_needed(effect: dict[str, Any]) -> bool:
    """Whether the policy in force asks for a second person, as large as the effect is."""
    above = newest_settings(PlanPolicy).second_person_above
    return above is not None and Decimal(effect["replay"]["difference"]) > above


def lacks_approval(plan: ConfigurationPlan) -> bool:
    """Whether a second person has to approve it yet, by the policy of when it was proposed or by the one in force."""
    return plan.state != PlanState.APPROVED and (plan.needs_second_person or second_person_needed(plan.effect))
