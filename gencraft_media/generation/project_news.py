"""What is new in projects that somebody listens to: one query, and one more when there are new events."""

import itertools
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from django.db.models import OuterRef, Q, Subquery

from gencraft_media.accounts.models import Project
from gencraft_media.common.event_types import is_chosen
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.watches import Event, News, Watch

# How many events one listener is given at a time, and how many it may leave untaken before it is given no more.
PAGE = 200
_AT_ONCE = 100
# A project, and the number behind which its events are wanted.
_Place: TypeAlias = tuple[uuid.UUID, int]
Value = TypeVar("Value")


def project_news(watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
    """For each watch of a project its next events; those of which nothing is new are left out.

    Who was away for long is given the past page by page, as fast as it takes them.
    """
    newest = _newest_numbers({watch.subject_id for watch in watches})
    places = {
        watch: (watch.subject_id, watch.told)
        for watch in watches
        if watch.told is not None and watch.told < newest.get(watch.subject_id, 0) and _has_room(watch)
    }
    pages = _pages(set(places.values()))
    found = []
    for watch in watches:
        if watch.subject_id not in newest:
            found.append((watch, News(ended=True)))
        elif watch in places:
            project_id, after = places[watch]
            watch.told = min(after + PAGE, newest[project_id])
            page = pages[project_id, after]
            events = tuple(one for one in page if one.number <= watch.told and is_chosen(one.type, watch.types))
            watch.given += len(events)
            found.append((watch, News(events, told=watch.told)))
    return found


def newest_number(project_id: uuid.UUID) -> int:
    """The number of the project's latest event; 0 where there is none."""
    return _newest_numbers({project_id}).get(project_id, 0)


def project_events(project_id: uuid.UUID, after: int) -> list[Event]:
    """The project's events behind a number, a page of them."""
    return _pages({(project_id, after)})[project_id, after]


def _has_room(watch: Watch) -> bool:
    return watch.given - watch.taken < PAGE


def _newest_numbers(project_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Of each project that is there."""
    numbered = DomainEvent.objects.filter(project_id=OuterRef("pk"), project_number__isnull=False)
    latest = numbered.order_by("-project_number").values("project_number")[:1]
    newest: dict[uuid.UUID, int] = {}
    for some in _batches(project_ids):
        rows = Project.objects.filter(pk__in=some).annotate(newest=Subquery(latest)).values_list("pk", "newest")
        newest.update({project_id: number or 0 for project_id, number in rows})
    return newest


def _pages(places: Collection[_Place]) -> dict[tuple[uuid.UUID | None, int], list[Event]]:
    pages: dict[tuple[uuid.UUID | None, int], list[Event]] = defaultdict(list)
    for some in _batches(places):
        wanted = Q()
        starts: dict[uuid.UUID | None, list[int]] = defaultdict(list)
        for project_id, after in some:
            starts[project_id].append(after)
            # A range of numbers, which have no gaps, rather than a limit: one statement for all listeners.
            wanted |= Q(project_id=project_id, project_number__gt=after, project_number__lte=after + PAGE)
        rows = DomainEvent.objects.filter(wanted).order_by("project_number")
        for one, *facts in rows.values_list("project_id", "project_number", "type", "created_at", "payload"):
            event = Event(*facts)
            for after in starts[one]:
                if after < event.number <= after + PAGE:
                    pages[one, after].append(event)
    return pages


def _batches(values: Iterable[Value]) -> Iterator[tuple[Value, ...]]:
    rest = iter(values)
    while some := tuple(itertools.islice(rest, _AT_ONCE)):
        yield some
