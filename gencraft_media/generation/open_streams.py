"""How many event streams one caller has open at this process."""

import threading
import uuid
import weakref
from typing import Self

from django.conf import settings

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.reach import Reach, reach_of
from gencraft_media.generation.errors import TooManyStreams

_RETRY_AFTER_S = 10.0
_lock = threading.Lock()


class Place:
    """One open stream. It is given up at the end of its block, or with a stream that never began."""

    def __init__(self, label: str, reach: Reach) -> None:
        self.label = label
        self.reach = reach

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with _lock:
            _places.discard(self)


# Weak: when a client leaves while its answer is being made, nobody closes the stream that would have been it.
_places: "weakref.WeakSet[Place]" = weakref.WeakSet()


def take_place(caller: Caller, project_id: uuid.UUID | None) -> Place:
    """A place for one more stream. Raises `TooManyStreams` when the key or browser user has STREAMS_PER_KEY of them."""
    with _lock:
        if sum(place.label == caller.label for place in _places) >= settings.STREAMS_PER_KEY:
            raise TooManyStreams(limit=settings.STREAMS_PER_KEY, retry_after_s=_RETRY_AFTER_S)
        place = Place(caller.label, reach_of(caller, project_id))
        _places.add(place)
        return place
