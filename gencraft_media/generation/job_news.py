"""What is new about jobs that somebody waits for: one query, and one more when there are new events."""

import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.generation.watches import Event, News, Watch

# Well below the number of variables that any database takes in one statement.
_JOBS_A_QUERY = 500


def job_news(watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
    """For each watch of a job what it has not been told yet; those of which nothing is new are left out."""
    states = _states({watch.subject_id for watch in watches})
    behind = [watch for watch in watches if watch.told is not None and watch.told < states[watch.subject_id][1]]
    after = min((watch.told or 0 for watch in behind), default=0)
    events = events_of_jobs({watch.subject_id for watch in behind}, after=after)
    found = []
    for watch in watches:
        fresh: tuple[Event, ...] = ()
        if watch.told is not None:
            fresh = tuple(event for event in events[watch.subject_id] if event.number > watch.told)
            watch.told = fresh[-1].number if fresh else watch.told
        if fresh or states[watch.subject_id][0]:
            found.append((watch, News(fresh, ended=states[watch.subject_id][0])))
    return found


def events_of_jobs(job_ids: Iterable[uuid.UUID], *, after: int) -> dict[uuid.UUID, list[Event]]:
    """The jobs' events with numbers above `after`, in order."""
    events = defaultdict(list)
    for some in _batches(job_ids):
        rows = DomainEvent.objects.filter(subject_id__in=some, number__gt=after).order_by("number")
        for job_id, *facts in rows.values_list("subject_id", "number", "type", "created_at", "payload"):
            events[job_id].append(Event(*facts))
    return events


def _states(job_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[bool, int]]:
    """Whether each job has ended, and how many events it has. A job that was deleted has ended, too."""
    states: dict[uuid.UUID, tuple[bool, int]] = defaultdict(lambda: (True, 0))
    for some in _batches(job_ids):
        rows = GenerationJob.objects.filter(pk__in=some).values_list("id", "status", "event_count")
        states.update({job_id: (status in TERMINAL[JobStatus], count) for job_id, status, count in rows})
    return states


def _batches(job_ids: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, ...]]:
    rest = iter(job_ids)
    while some := tuple(itertools.islice(rest, _JOBS_A_QUERY)):
        yield some
