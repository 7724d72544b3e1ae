"""What a project may spend in a day and a month: what was taken and what is held count, by scope."""

import uuid
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps

from billing.errors import SpendCapReached
from billing.ledger import hold_credits, resolve_hold
from billing.models import CreditHold, MediaUsage, SpendCounter, SpendSettings
from billing.spending import SpendPolicy, count_spent, require_within_caps, spend_policy
from gencraft_media.common.clock import database_now
from gencraft_media.common.versioned import change_settings
from tests.billing.accounts import owner_with
from tests.billing.test_holds import deliver

pytestmark = pytest.mark.django_db
PROJECT = uuid.uuid4()


def cap(scope: str = "global", **values: int | None) -> None:
    """Limits of a scope, in force at once."""
    change_settings(SpendSettings, values, scope=scope)


def require(credits: int, *, running: tuple[uuid.UUID, ...] = (), now: datetime | None = None) -> None:
    """As an admission asks."""
    require_within_caps(project_id=PROJECT, plan_key="pro", credits=credits, now=now or database_now(), running=running)


def spend(owner: uuid.UUID, credits: int, *, held: int | None = None) -> None:
    """A job of the project that took so many credits."""
    job = uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=held or credits)
    deliver(job, credits)
    for _ in range(2):
        resolve_hold(job_id=job, captured=credits, project_id=PROJECT)


def test_nothing_is_refused_while_nobody_set_a_limit() -> None:
    spend(owner_with(1000), 900)
    require(1_000_000)


def test_what_was_taken_counts_once_and_what_was_given_back_does_not() -> None:
    cap(credits_per_day=10)
    spend(owner_with(1000), 6, held=50)
    require(4)
    with pytest.raises(SpendCapReached) as refusal:
        require(5)
    extra = refusal.value.extra
    assert (refusal.value.http_status, extra["period"], extra["limit"], extra["used"]) == (429, "day", 10, 6)
    resets = datetime.fromisoformat(extra["resetsAt"])
    assert timedelta(0) < resets - datetime.now(UTC) <= timedelta(days=1)
    assert (resets.hour, resets.minute) == (0, 0)


def test_what_is_held_for_the_projects_running_jobs_counts_as_spent() -> None:
    cap(credits_per_month=10)
    owner, running, other = owner_with(1000), uuid.uuid4(), uuid.uuid4()
    for job in (running, other):
        hold_credits(owner_id=owner, job_id=job, credits=7)
    require(3, running=(running,))
    with pytest.raises(SpendCapReached, match="10 credits a month; 7 are spent or set aside, 4 more"):
        require(4, running=(running,))


def test_what_costs_nothing_is_never_refused() -> None:
    cap(credits_per_day=0)
    require(0)
    with pytest.raises(SpendCapReached):
        require(1)


def test_the_day_and_the_month_are_those_of_utc() -> None:
    spend(owner_with(1000), 6)
    now = database_now().astimezone(UTC)
    assert set(SpendCounter.objects.values_list("period", "spent")) == {
        (f"day:{now:%Y-%m-%d}", 6),
        (f"month:{now:%Y-%m}", 6),
    }
    cap(credits_per_day=6, credits_per_month=-1)
    with pytest.raises(SpendCapReached):
        require(1)
    require(6, now=now + timedelta(days=1))
    cap(credits_per_day=-1, credits_per_month=6)
    with pytest.raises(SpendCapReached):
        require(1)
    require(6, now=now + timedelta(days=32))


def test_the_counters_add_up_over_jobs_and_projects_apart() -> None:
    for credits in (3, 4):
        count_spent(PROJECT, credits)
    count_spent(uuid.uuid4(), 9)
    assert set(SpendCounter.objects.filter(project_id=PROJECT).values_list("spent", flat=True)) == {7}


def test_the_narrowest_scope_that_says_something_holds() -> None:
    cap(credits_per_day=100, credits_per_month=1000)
    cap("plan:pro", credits_per_day=50)
    cap(f"project:{PROJECT}", credits_per_month=-1)
    assert spend_policy(PROJECT, "pro") == SpendPolicy(50, -1)
    assert spend_policy(PROJECT, "free") == SpendPolicy(100, -1)
    assert spend_policy(uuid.uuid4(), "free") == SpendPolicy(100, 1000)


def test_what_was_spent_before_there_were_counters_is_counted_when_they_are_made() -> None:
    owner = owner_with(1000)
    spend(owner, 6)
    running = uuid.uuid4()
    hold_credits(owner_id=owner, job_id=running, credits=9)
    ended = CreditHold.objects.exclude(job_id=running).get().job_id
    for job, credits in ((ended, 6), (running, 3)):
        used = {"user_id": owner, "asset_id": uuid.uuid4(), "item_id": uuid.uuid4(), "job_id": job}
        named = {"provider": "sim", "model": "sim/priced", "operation": "text-to-image"}
        MediaUsage.objects.create(project_id=PROJECT, cost=credits, credits_used=credits, **used, **named)
    counters = SpendCounter.objects.filter(project_id=PROJECT).values_list("period", "spent")
    expected = set(counters)
    SpendCounter.objects.all().delete()
    import_module("billing.migrations.0009_spend_counters").count_present_periods(apps, None)
    assert len(expected) == 2 and set(counters.all()) == expected
