"""Which projects this dispatcher served last: they come last when the next slot is free."""

import uuid
from collections.abc import Iterable

# Who was not served for as many turns of others is taken for somebody new, and waits by age.
_REMEMBERED = 128


class Turns:
    """The projects served, the latest last. Lost with the process, which costs somebody one turn."""

    def __init__(self) -> None:
        self._served: dict[uuid.UUID, None] = {}

    def serve(self, project_ids: Iterable[uuid.UUID]) -> None:
        """Note that these projects had a turn each, in this order."""
        for project_id in project_ids:
            self._served.pop(project_id, None)
            self._served[project_id] = None
        for forgotten in list(self._served)[:-_REMEMBERED]:
            del self._served[forgotten]

    def places(self) -> list[tuple[uuid.UUID, int]]:
        """Each project served, with its place from 1 on: the larger, the later it was served."""
        return [(project_id, place) for place, project_id in enumerate(self._served, 1)]
