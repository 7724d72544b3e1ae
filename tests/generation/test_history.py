"""What the engine's own calls tell of a model, from rows: times, success, whom they are counted for."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from gencraft_media.generation.history import TrackRecord, measured_seconds, track_record
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from providers.models import Provider, ProviderAccount

pytestmark = pytest.mark.django_db
Calls = Callable[..., ProviderAccount]
BLAMED = [
    "provider_busy", "provider_unreachable", "provider_misconfigured", "provider_contract_broken", "outcome_unknown",
    "output_lost", "provider_silent",
]  # fmt: skip
EXCUSED = ["provider_rejected", "moderated", "canceled", "deadline_exceeded", "step_crashed", "option_unsupported"]


def make_account(label: str = "main") -> ProviderAccount:
    provider, _ = Provider.objects.get_or_create(key="flux", defaults={"label": "Flux"})
    return ProviderAccount.objects.get_or_create(provider=provider, label=label)[0]


def make_calls(
    *took_s: float | None,
    account: ProviderAccount | None = None,
    model: str = "pro",
    operation: str = "text-to-image",
    state: str = AttemptState.SETTLED,
    error: str | None = None,
    days_ago: float = 0.0,
) -> ProviderAccount:
    """One call for each time, in this order; None: it brought nothing."""
    account = account or make_account()
    job = GenerationJob.objects.create(
        provider="flux", operation=operation, params={}, model=model, quoted_total=0, quoted_provider_cost=0,
        payer_id=uuid.uuid4(), deadline_at=timezone.now(),
    )  # fmt: skip
    began = timezone.now() - timedelta(days=days_ago)
    GenerationAttempt.objects.bulk_create(
        GenerationAttempt(
            job=job, project_id=uuid.uuid4(), account=account, number=number, provider="flux", model=model,
            operation=operation, state=state, recovery="none", quoted_cost=0,
            created_at=began + timedelta(milliseconds=number), submitted_at=began,
            landed_at=None if seconds is None else began + timedelta(seconds=seconds),
            error=None if error is None else {"code": error, "message": "", "retryable": False},
        )
        for number, seconds in enumerate(took_s, start=1)
    )  # fmt: skip
    return account


def record(**fields: Any) -> TrackRecord:
    return track_record("flux", "pro", "text-to-image", **fields)


def test_the_times_are_median_tenth_and_ninetieth_percentile() -> None:
    make_calls(*range(1, 12))
    assert record() == TrackRecord(calls=11, seconds=6, seconds_low=2, seconds_high=10, success_rate=1)
    assert measured_seconds("flux", "pro", "text-to-image") == 6


def test_fewer_than_five_calls_tell_nothing() -> None:
    make_calls(1, 2, 3, 4)
    assert record() == TrackRecord(calls=4)


def test_a_model_without_calls_has_no_record() -> None:
    assert record() == TrackRecord()


@pytest.mark.parametrize("code", BLAMED)
def test_what_the_provider_is_to_blame_for_counts_against_it(code: str) -> None:
    make_calls(2, 2, 2)
    make_calls(None, None, state=AttemptState.REJECTED, error=code)
    assert (record().calls, record().success_rate, record().seconds) == (5, 0.6, None)


@pytest.mark.parametrize("code", EXCUSED)
def test_what_it_is_not_to_blame_for_is_not_counted(code: str) -> None:
    make_calls(2, 2, 2, 2, 2)
    make_calls(None, None, state=AttemptState.REJECTED, error=code)
    assert (record().calls, record().success_rate) == (5, 1)


def test_calls_that_were_accepted_and_brought_nothing_count() -> None:
    make_calls(2, 2, 2, 2)
    make_calls(None, None, state=AttemptState.LOST, error="outcome_unknown")
    make_calls(None, None, state=AttemptState.FAILED, error="provider_silent")
    assert record().success_rate == 0.5


def test_calls_under_way_do_not_count_and_landed_ones_do() -> None:
    make_calls(None, None, None, state=AttemptState.ACCEPTED)
    make_calls(3, 3, 3, 3, 3, state=AttemptState.LANDED)
    assert (record().calls, record().seconds) == (5, 3)


def test_only_the_latest_fifty_count() -> None:
    make_calls(*[90.0] * 30, *[4.0] * 50)
    assert (record().calls, record().seconds, record().seconds_high) == (50, 4, 4)


def test_only_the_last_seven_days_count() -> None:
    make_calls(9, 9, 9, 9, 9, days_ago=7.1)
    assert record() == TrackRecord()
    make_calls(5, 5, 5, 5, 5, days_ago=6.9)
    assert record().seconds == 5


def test_each_account_has_a_record_and_all_together_have_one() -> None:
    first = make_calls(2, 2, 2, 2, 2)
    second = make_calls(8, 8, 8, 8, 8, 8, account=make_account("spare"))
    assert [record(account_id=one.pk).seconds for one in (first, second)] == [2, 8]
    assert (record().calls, record().seconds) == (11, 8)


def test_models_and_operations_have_records_of_their_own() -> None:
    make_calls(2, 2, 2, 2, 2)
    make_calls(4, 4, 4, 4, 4, model="mini")
    make_calls(6, 6, 6, 6, 6, operation="inpaint")
    found = [track_record("flux", *one).seconds for one in (("pro", "inpaint"), ("mini", "text-to-image"))]
    assert [record().seconds, *found] == [2, 6, 4]


def test_one_query_serves_every_model_for_half_a_minute(settings: Settings) -> None:
    settings.FRESH_FOR_S = 1.0
    for model in ("pro", "mini", "lite"):
        make_calls(2, 2, 2, 2, 2, model=model)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            assert [track_record("flux", model, "text-to-image").seconds for model in ("pro", "mini")] == [2, 2]
    assert len(queries) == 1


@pytest.mark.soak
def test_a_hundred_thousand_calls_take_as_long_as_a_few(settings: Settings) -> None:
    """Every group is read to its fiftieth row and no further: 0.04 s of SQLite for 148 groups when this was written."""
    settings.FRESH_FOR_S = 0.0
    for group in range(20):
        make_calls(*[float(group + 1)] * 5000, model=f"model-{group}")
    began = timezone.now()
    assert track_record("flux", "model-7", "text-to-image").calls == 50
    assert (timezone.now() - began).total_seconds() < 1
