"""What the last 30 days' jobs would have cost under a changed configuration. Nothing is written, called or spent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.money import round_total
from gencraft_media.common.clock import database_now
from gencraft_media.common.configuration import Change
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.scopes import project_scope
from gencraft_media.generation.policy import MediaPolicy, RoutingPolicy
from gencraft_media.generation.replaying.allowances import Allowances
from gencraft_media.generation.replaying.choosing import Rules, model_for
from gencraft_media.generation.replaying.configurations import (
    Configuration,
    moment_of,
    present_configuration,
    proposed_configuration,
)
from gencraft_media.generation.replaying.jobs import DAYS, MOST_JOBS, PastJob, PastJobs, past_jobs
from gencraft_media.generation.replaying.pricing import Pricer
from gencraft_media.generation.routing.bounds import bounds_of
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.wishes import RoutingWish

FORMULA = (
    "Each job of the last {days} days is priced twice with the prices, markup and discount of {moment:%Y-%m-%d}: as "
    "things are, and as the plan would have them. Price × delivered outputs ÷ outputs wanted, summed up. A job keeps "
    "its model; where that is off, denied or not the default any more it gets the next of its own receipt, and is "
    "refused where none is left or it named its model. Defaults of quality and size go to requests that named none. "
    "Quotas and spending limits are counted anew from the first of these jobs on. Refused: jobs that run as things "
    "are, and would not. Users who act differently, failures and circuits are left out."
)
_SAMPLED = (
    " {size} of {total} jobs were looked at, those with the smallest ids, which are random; sums are multiplied up."
)


@dataclass(frozen=True)
class Sums:
    """US dollars of provider cost and revenue, before and after."""

    cost: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)


@dataclass(frozen=True)
class Replay:
    """The answer, with how it was found. `jobs` in all, of which `sample` were looked at."""

    jobs: int
    sample: int
    before: Sums
    after: Sums
    refused: int
    formula: str

    @property
    def difference(self) -> Decimal:
        """By how much provider cost or revenue changes, whichever changes more."""
        return max(abs(self.after.cost - self.before.cost), abs(self.after.revenue - self.before.revenue))

    def as_json(self) -> dict[str, Any]:
        """Money as exact text."""
        return {
            "days": DAYS,
            "jobs": self.jobs,
            "sample": self.sample,
            "cost": {"before": exact_text(self.before.cost), "after": exact_text(self.after.cost)},
            "revenue": {"before": exact_text(self.before.revenue), "after": exact_text(self.after.revenue)},
            "difference": exact_text(self.difference),
            "refused": self.refused,
            "formula": self.formula,
        }


def replay_jobs(changes: Iterable[Change], *, most: int = MOST_JOBS) -> Replay:
    """Run the last 30 days' jobs through the present configuration and through the one that `changes` would make."""
    changes, now = list(changes), database_now()
    jobs = past_jobs(now, most=most)
    present = present_configuration(job.payer_id for job in jobs.rows)
    moment = moment_of(changes, now)
    before = _Course(present, present, moment, jobs)
    after = _Course(proposed_configuration(present, changes), present, moment, jobs)
    for job in jobs.rows:
        before.run(job)
        after.run(job)
    refused = len(after.refused - before.refused)
    formula = FORMULA.format(days=DAYS, moment=moment)
    if len(jobs.rows) < jobs.total:
        formula += _SAMPLED.format(size=len(jobs.rows), total=jobs.total)
    return Replay(
        jobs=jobs.total,
        sample=len(jobs.rows),
        before=before.sums(),
        after=after.sums(),
        refused=round(jobs.of_all(Decimal(refused))),
        formula=formula,
    )


@dataclass
class _Course:
    """The jobs under one configuration, one after another. `usual` is the configuration that they ran under."""

    configuration: Configuration
    usual: Configuration
    moment: datetime
    jobs: PastJobs
    refused: set[Any] = field(default_factory=set)
    _cost: Decimal = Decimal(0)
    _revenue: Decimal = Decimal(0)
    _held: dict[Any, tuple[MediaPolicy, str, Rules]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pricer = Pricer(self.configuration, self.moment)
        self._allowances = Allowances(self.configuration, self.jobs.weight)
        self._spellings: Mapping[str, frozenset[str]] = current_index().spellings

    def run(self, job: PastJob) -> None:
        """Count one job."""
        media, usual_quality, rules = self._rules(job)
        model = model_for(job, self.configuration, rules) if media.enabled else None
        price = self._pricer.price_of(job, model, media, usual_quality) if model is not None else None
        if price is None or not self._allowances.take(job, price.credits):
            self.refused.add(job.id)
            return
        self._cost += price.cost * job.delivered_count / job.batch_size
        self._revenue += price.revenue * job.delivered_count / job.batch_size

    def sums(self) -> Sums:
        """Of all jobs that the ones looked at stand for."""
        return Sums(round_total(self.jobs.of_all(self._cost)), round_total(self.jobs.of_all(self._revenue)))

    def _rules(self, job: PastJob) -> tuple[MediaPolicy, str, Rules]:
        key = self._whose(job)
        known = self._held.get(key)
        if known is None:
            media = self._media(self.configuration, job)
            usual = self._routing(self.usual, job).strategy
            policy = self._routing(self.configuration, job)
            rules = Rules(policy, bounds_of(RoutingWish(), policy, self._spellings), usual)
            known = self._held[key] = media, self._media(self.usual, job).quality, rules
        return known

    def _whose(self, job: PastJob) -> tuple[str, str]:
        """The same for jobs for which the same settings hold."""
        scope = project_scope(job.project_id)
        places = (self.configuration, self.usual)
        is_alone = any(scope in place.media or scope in place.routing for place in places)
        return self.configuration.plan_of(job.payer_id), scope if is_alone else ""

    @staticmethod
    def _media(configuration: Configuration, job: PastJob) -> MediaPolicy:
        return configuration.settled(MediaPolicy(), configuration.media, job.project_id, job.payer_id)

    def _routing(self, configuration: Configuration, job: PastJob) -> RoutingPolicy:
        policy = configuration.settled(RoutingPolicy(), configuration.routing, job.project_id, job.payer_id)
        default = self._media(configuration, job).default_model
        return RoutingPolicy(**{**vars(policy), "default_model": default})
