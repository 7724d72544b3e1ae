"""The specification's five metrics: what each is now, of how many, against its target, and how it is counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from billing.models import PricingSettings
from billing.money import usd
from gencraft_media.analytics.buckets import PROMISED_S, added, count_below
from gencraft_media.analytics.counting import micro
from gencraft_media.analytics.models import LatencyDay, MinuteProbe, UsageRollup
from gencraft_media.common.clock import database_now
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.versioned import current_settings

OK, RED, TOO_FEW = "ok", "red", "not enough data"
WINDOW_DAYS = 30
_SUMS = (
    *("costs", "quote_error", "provider_cost", "ratings", "good_ratings"),
    *("batches", "batch_revenue", "single_price"),
)


@dataclass(frozen=True)
class Promise:
    """One metric: shares are 0-1; `value` None where nothing was measured."""

    key: str
    title: str
    value: float | None
    target: float
    # Whether the value has to be at least the target, or at most.
    at_least: bool
    sample: int
    # What is counted, and how many of them it takes.
    unit: str
    enough: int
    window_days: int
    formula: str

    @property
    def state(self) -> str:
        if self.value is None or self.sample < self.enough:
            return TOO_FEW
        kept = self.value >= self.target if self.at_least else self.value <= self.target
        return OK if kept else RED


def promises(now: datetime | None = None) -> list[Promise]:
    """All five, over the days up to `now`; of all projects together."""
    moment = now or database_now()
    sums = _sums(moment)
    return [speed(moment), availability(moment), accuracy(sums), satisfaction(sums), batch_saving(sums)]


def speed(now: datetime) -> Promise:
    """How many of the standard pictures are there in time."""
    rows = LatencyDay.objects.filter(is_standard=True, day__gte=_first_day(now)).values_list("buckets", flat=True)
    buckets = added(*rows)
    jobs = sum(buckets)
    return Promise(
        key="speed",
        title="Standard pictures in under 30 seconds",
        value=count_below(buckets, PROMISED_S) / jobs if jobs else None,
        target=0.95,
        at_least=True,
        sample=jobs,
        unit="completed jobs",
        enough=20,
        window_days=WINDOW_DAYS,
        formula=(
            "Completed jobs for one 1024×1024 picture of standard quality that took less than 30 s from request to"
            " stored picture, of all such jobs. The specification names the 30 s; 95 % makes it the p95."
        ),
    )


def availability(now: datetime) -> Promise:
    """How many of the minutes were up; those that nobody wrote down were not."""
    this_minute = now.replace(second=0, microsecond=0)
    probes = MinuteProbe.objects.filter(minute__gte=this_minute - timedelta(days=WINDOW_DAYS), minute__lt=this_minute)
    found = probes.aggregate(first=Min("minute"), up=Count("pk", filter=Q(ok=True)))
    minutes = round((this_minute - found["first"]).total_seconds() / 60) if found["first"] else 0
    return Promise(
        key="availability",
        title="Availability",
        value=found["up"] / minutes if minutes else None,
        target=0.999,
        at_least=True,
        sample=minutes,
        unit="minutes",
        enough=1440,
        window_days=WINDOW_DAYS,
        formula=(
            "Minutes in which database, migrations, broker and storage answered every probe, of all minutes since the"
            " first probe. A minute without a probe counts as down."
        ),
    )


def accuracy(sums: Mapping[str, Decimal]) -> Promise:
    """How far quotes are from what providers took."""
    return Promise(
        key="accuracy",
        title="Estimates against provider costs",
        value=_share(_ratio(sums["quote_error"], sums["provider_cost"])),
        target=0.01,
        at_least=False,
        sample=int(sums["costs"]),
        unit="provider costs",
        enough=20,
        window_days=WINDOW_DAYS,
        formula=(
            "The sum of |quoted − taken| over confirmed provider costs, divided by the sum of what was taken. Where a"
            " provider does not say what it took, its price list is what was taken."
        ),
    )


def satisfaction(sums: Mapping[str, Decimal]) -> Promise:
    """How many ratings are good."""
    return Promise(
        key="satisfaction",
        title="Ratings of four and five stars",
        value=_share(_ratio(sums["good_ratings"], sums["ratings"])),
        target=0.95,
        at_least=True,
        sample=int(sums["ratings"]),
        unit="ratings",
        enough=20,
        window_days=WINDOW_DAYS,
        formula="Ratings with at least four of five stars, of all ratings.",
    )


def batch_saving(sums: Mapping[str, Decimal]) -> Promise:
    """What batches save their clients."""
    paid = _ratio(sums["batch_revenue"], sums["single_price"])
    pricing = current_settings(PricingSettings)
    step, cap = (exact_text(usd(share) * 100) for share in (pricing.batch_discount_step, pricing.batch_discount_cap))
    return Promise(
        key="batch-saving",
        title="Saved by batches",
        value=None if paid is None else float(1 - paid),
        target=0.20,
        at_least=True,
        sample=int(sums["batches"]),
        unit="batches",
        enough=5,
        window_days=WINDOW_DAYS,
        formula=(
            "1 − what clients paid for the delivered outputs of jobs with a batchSize above 1, divided by what these"
            f" outputs would have cost one by one. The discount is now {step} % an output from the second on,"
            f" {cap} % at most; at 5 % and 25 %, batches of five and more save 20 %."
        ),
    )


def _sums(now: datetime) -> dict[str, Decimal]:
    rows = UsageRollup.objects.filter(day__gte=_first_day(now))
    found = rows.aggregate(**{f"sum_{column}": Sum(column) for column in _SUMS})
    return {column: micro(Decimal(found[f"sum_{column}"] or 0)) for column in _SUMS}


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    # Exact until it is compared: 20 % is not a little less than 20 %.
    return Decimal(part) / Decimal(whole) if whole else None


def _share(ratio: Decimal | None) -> float | None:
    return None if ratio is None else float(ratio)


def _first_day(now: datetime) -> date:
    return (now - timedelta(days=WINDOW_DAYS - 1)).astimezone(UTC).date()
