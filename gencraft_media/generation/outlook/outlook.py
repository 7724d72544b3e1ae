"""How many are before a job, and when it will be done: from the queue as it is and the history of its models."""

from collections.abc import Sequence
from dataclasses import dataclass

from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.outlook.forecast import Forecast, Way, present_forecast
from gencraft_media.generation.outlook.snapshot import Served
from gencraft_media.generation.states import TERMINAL, JobStatus
from providers.errors import ModelUnknown
from providers.operations import limits_for
from providers.selectors import account_for, get_model

_MEDIAN, _TENTH = 0.5, 0.1
# Shares of all cases that end before the range and before its end; docs/fairness.md says how often that proved true.
_LOW, _HIGH = 0.05, 0.95
# What others do meanwhile shortens a wait or, more often, prolongs it.
_WAIT_LOW, _WAIT_HIGH = 0.45, 1.65
_STEP_LOW, _STEP_HIGH = 0.35, 2.0
_SLACK_S = 0.4
_LEAST_S = 0.1


@dataclass(frozen=True)
class Wait:
    """A job's place in line: that of its next unsent request, from 1 on, and the outputs before its last one."""

    position: int
    ahead: int


@dataclass(frozen=True)
class Eta:
    """Seconds from now until a job has ended: the median, and the range in which it mostly does."""

    seconds: float
    low: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """What a job may expect: `wait` is None once everything was sent, `eta` once it has ended."""

    wait: Wait | None = None
    eta: Eta | None = None


def outlook_of(job: GenerationJob) -> Outlook:
    """From what is known of the queue within a second; asking costs no query in between."""
    if job.status in TERMINAL[JobStatus]:
        return Outlook()
    forecast = present_forecast()
    ways = forecast.ways_of(job.pk) or _new_ways(job, forecast)
    return Outlook(_wait(ways), _eta(ways, forecast.snapshot.age_s))


def _new_ways(job: GenerationJob, forecast: Forecast) -> Sequence[Way]:
    """Of a job that came after the snapshot, or is just between two attempts."""
    account = account_for(job.provider)
    served = Served(job.provider, job.model, job.operation, account.pk if account else None)
    at_once = _outputs_per_call(job)
    outputs = [min(at_once, job.batch_size - first) for first in range(0, job.batch_size, at_once)]
    # A project that was deleted takes its jobs along.
    return forecast.new_ways(job.pk, job.project_id or job.pk, served, outputs)


def _outputs_per_call(job: GenerationJob) -> int:
    try:
        limits = limits_for(get_model(job.provider, job.model).limits, job.operation)
    except ModelUnknown:
        return 1
    return max(int(limits.get("outputs_per_call", 1)), 1)


def _wait(ways: Sequence[Way]) -> Wait | None:
    places = [way.place for way in ways if way.place is not None]
    if not places:
        return None
    return Wait(min(place.position for place in places), max(place.outputs_before for place in places))


def _eta(ways: Sequence[Way], age_s: float) -> Eta:
    """The end of the last of them: the more are under way at once, the later the last one is."""
    among = 1 / max(sum(way.duration is not None and way.place is None for way in ways), 1)
    median = max(_end_s(way, _MEDIAN**among, age_s) for way in ways)
    low = max(_end_s(way, _LOW**among, age_s, wait=_WAIT_LOW, step=_STEP_LOW) for way in ways)
    high = max(_end_s(way, _HIGH**among, age_s, wait=_WAIT_HIGH, step=_STEP_HIGH) for way in ways)
    return Eta(max(median, _LEAST_S), max(min(low, median) - _SLACK_S, 0.0), max(high, median) + _SLACK_S)


def _end_s(way: Way, share: float, age_s: float, *, wait: float = 1.0, step: float = 1.0) -> float:
    begins_s = max(way.place.starts_in_s - age_s, 0.0) if way.place is not None else 0.0
    # Pictures that are here wait since the snapshot.
    step_s = way.step_s - (age_s if way.duration is None else 0.0)
    if wait < 1 and way.duration is not None:
        # Where times are only guessed, those before it may all be as much quicker as it may be itself.
        wait = min(wait, way.duration.quantile(_TENTH) / way.duration.median)
    return (wait - 1) * begins_s + way.lands_in_s(share, age_s) + step * max(step_s, 0.0)
