"""Quotas and spending limits, counted once more from nothing over past jobs."""

import uuid
from collections import defaultdict
from decimal import Decimal

from billing.models import UNLIMITED
from billing.spending import SpendPolicy
from gencraft_media.generation.replaying.configurations import Configuration
from gencraft_media.generation.replaying.jobs import PastJob

_Counter = tuple[object, ...]


class Allowances:
    """What requesters and projects have used so far under one configuration. Jobs come in the order of their time."""

    def __init__(self, configuration: Configuration, weight: Decimal) -> None:
        self._configuration, self._weight = configuration, weight
        self._used: defaultdict[_Counter, Decimal] = defaultdict(Decimal)
        self._spend: dict[uuid.UUID | None, SpendPolicy] = {}

    def take(self, job: PastJob, credits: int) -> bool:
        """Count a job if it is within every limit, else say no. One of a sample counts for those it stands for."""
        wanted = [
            (counter, limit, amount * self._weight)
            for counter, limit, amount in self._limits(job, credits)
            if limit != UNLIMITED
        ]
        if any(self._used[counter] + amount > limit for counter, limit, amount in wanted):
            return False
        for counter, _, amount in wanted:
            self._used[counter] += amount
        return True

    def _limits(self, job: PastJob, credits: int) -> list[tuple[_Counter, int, int]]:
        day, month = f"{job.created_at:day:%Y-%m-%d}", f"{job.created_at:month:%Y-%m}"
        configuration, outputs = self._configuration, job.batch_size
        quotas, spend = configuration.quotas, self._spend_policy(job)
        of_plan = configuration.outputs.get(configuration.plan_of(job.payer_id), UNLIMITED)
        return [
            ((job.requester, day), quotas.user_daily, outputs),
            ((job.requester, month), quotas.user_monthly, outputs),
            (("plan", job.requester, month), of_plan, outputs),
            ((job.project_id, day), spend.credits_per_day, credits),
            ((job.project_id, month), spend.credits_per_month, credits),
        ]

    def _spend_policy(self, job: PastJob) -> SpendPolicy:
        known = self._spend.get(job.project_id)
        if known is None:
            rows = self._configuration.spending
            known = self._configuration.settled(SpendPolicy(), rows, job.project_id, job.payer_id)
            self._spend[job.project_id] = known
        return known
