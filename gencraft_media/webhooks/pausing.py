"""Where deliveries wait because an operator said so. They stay pending, and go out once the pause is over."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from gencraft_media.common.remembered import remembered
from gencraft_media.common.scopes import EVERYWHERE, PROJECT, newest_versions
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookPause


@dataclass(frozen=True)
class Pauses:
    """Whether deliveries wait everywhere, and the projects for which it is the other way round."""

    everywhere: bool = False
    others: frozenset[uuid.UUID] = frozenset()

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.others)

    def holds(self, project_id: uuid.UUID) -> bool:
        """Whether a project's deliveries wait."""
        return self.everywhere != (project_id in self.others)


def is_waiting(delivery: WebhookDelivery) -> bool:
    """Whether a delivery that is not done would go out, were it not for a pause."""
    return delivery.state == DeliveryState.PENDING and present_pauses().holds(delivery.project_id)


def shown_state(delivery: WebhookDelivery) -> str:
    """The state as people are told it: "paused" for what waits."""
    return "paused" if is_waiting(delivery) else delivery.state


def present_pauses() -> Pauses:
    """The pauses in force, at most a second old."""
    return _pauses()


@remembered
def _pauses() -> Pauses:
    rows = newest_versions(WebhookPause)
    everywhere = EVERYWHERE in rows and bool(rows[EVERYWHERE].paused)
    return Pauses(everywhere, frozenset(_projects_unlike(everywhere, rows)))


def _projects_unlike(everywhere: bool, rows: Mapping[str, WebhookPause]) -> list[uuid.UUID]:
    """Projects that say for themselves what does not hold for all."""
    return [
        uuid.UUID(scope.removeprefix(PROJECT))
        for scope, row in rows.items()
        if scope.startswith(PROJECT) and row.paused is not None and row.paused != everywhere
    ]
