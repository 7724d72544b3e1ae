"""Which call a repetition is taken for, and that only the request that has a call's turn may make its job."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from gencraft_media.accounts.callers import Caller
from gencraft_media.common.errors import StaleTransition
from gencraft_media.generation.admission import GenerationOrder, fingerprint_of
from gencraft_media.generation.compatible.repeats import (
    Turn,
    admit_in_turn,
    forget_call,
    move_call,
    retry_count_in,
    take_turn,
)
from gencraft_media.generation.models import CallState, CompatibleCall, GenerationJob
from gencraft_media.generation.routing.wishes import wish_for
from providers.fitting import Wanted
from tests.generation.tenants import Tenant

ORDER = GenerationOrder(
    operation="text-to-image", wanted=Wanted("A lighthouse", width=128, height=128), wish=wish_for(model="priced")
)


def turn(retry_count: int = 0, *, scope: str = "alice", body: str = "lighthouse") -> Turn:
    """The turn of a request."""
    return take_turn(scope=scope, fingerprint=body, retry_count=retry_count)


def age(call: Turn, seconds: float) -> None:
    """Let time pass for a call."""
    CompatibleCall.objects.filter(pk=call.call_id).update(seen_at=F("seen_at") - timedelta(seconds=seconds))


def admitted(alice: Tenant, call: Turn) -> GenerationJob:
    """The job of the call."""
    caller = Caller.with_session(alice.project.owner)
    return admit_in_turn(call, caller=caller, project=alice.project, order=ORDER).job


@pytest.mark.parametrize(
    ("header", "count"),
    [("0", 0), ("2", 2), (None, None), ("", None), ("-1", None), ("two", None), ("²", None), ("9" * 400, 1000)],
)
def test_only_a_count_is_a_count(header: str | None, count: int | None) -> None:
    assert retry_count_in(header) == count


@pytest.mark.django_db
def test_first_requests_are_always_new_calls() -> None:
    assert turn().call_id != turn().call_id


@pytest.mark.django_db
def test_a_repetition_takes_its_call_over_once() -> None:
    first = turn()
    assert turn(1).call_id == first.call_id
    assert turn(2).call_id == first.call_id
    # Another client's, by its count; its first request never came.
    assert turn(2).call_id != first.call_id


@pytest.mark.django_db
@pytest.mark.parametrize("other", [{"scope": "bob"}, {"body": "harbour"}])
def test_a_call_of_another_body_or_caller_is_never_taken_over(other: dict[str, str]) -> None:
    assert turn().call_id != turn(1, **other).call_id


@pytest.mark.django_db
def test_the_likeliest_call_is_taken_over_first() -> None:
    made = {state: turn() for state in (CallState.ANSWERED, CallState.OPEN, CallState.REFUSED, CallState.DROPPED)}
    for state, call in made.items():
        move_call(call, state)
    order = [CallState.DROPPED, CallState.REFUSED, CallState.OPEN, CallState.ANSWERED]
    assert [turn(1).call_id for _ in order] == [made[state].call_id for state in order]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "seconds"),
    [(CallState.DROPPED, 3600), (CallState.OPEN, 3600), (CallState.REFUSED, 150), (CallState.ANSWERED, 720)],
)
def test_a_call_can_be_repeated_only_so_long(state: CallState, seconds: float) -> None:
    call = turn()
    move_call(call, state)
    age(call, seconds - 30)
    assert turn(1).call_id == call.call_id
    move_call(Turn(call.call_id, 1), state)
    age(call, seconds + 30)
    assert turn(2).call_id != call.call_id


@pytest.mark.django_db
def test_old_calls_are_cleared_away_by_new_ones() -> None:
    old, fresh, elsewhere = turn(), turn(), turn(scope="bob")
    for call in (old, elsewhere):
        age(call, 4000)
    turn()
    kept = set(CompatibleCall.objects.values_list("pk", flat=True))
    assert old.call_id not in kept and {fresh.call_id, elsewhere.call_id} <= kept


def test_a_request_that_was_overtaken_makes_no_job(alice: Tenant) -> None:
    first = turn()
    second = turn(1)
    with pytest.raises(StaleTransition):
        admitted(alice, first)
    job = admitted(alice, second)
    assert list(GenerationJob.objects.all()) == [job]


def test_a_repetition_finds_the_job_of_its_call(alice: Tenant) -> None:
    job = admitted(alice, turn())
    assert admitted(alice, turn(1)) == job
    assert admitted(alice, turn(2)) == job
    assert GenerationJob.objects.count() == 1


def test_a_request_that_was_overtaken_cannot_end_its_call(alice: Tenant) -> None:
    first = turn()
    second = turn(1)
    move_call(first, CallState.ANSWERED)
    forget_call(first)
    assert CompatibleCall.objects.get(pk=second.call_id).state == CallState.OPEN


def test_a_call_with_a_job_is_never_forgotten(alice: Tenant) -> None:
    call = turn()
    admitted(alice, call)
    forget_call(call)
    assert CompatibleCall.objects.filter(pk=call.call_id).exists()


def test_a_request_over_the_limit_is_remembered_only_where_it_could_be_mistaken(
    alice: Tenant, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    body = {"model": "sim/priced", "prompt": uuid.uuid4().hex}
    alice.client.get("/v1/models")
    for _ in range(2):
        answer = alice.client.post("/v1/images/generations", body, headers={"x-stainless-retry-count": "0"})
        assert answer.status_code == 429
    assert not CompatibleCall.objects.exists()
    CompatibleCall.objects.create(scope=_scope(alice), fingerprint=_fingerprint(body), state=CallState.ANSWERED)
    answer = alice.client.post("/v1/images/generations", body, headers={"x-stainless-retry-count": "0"})
    assert answer.status_code == 429
    assert CompatibleCall.objects.filter(state=CallState.REFUSED).count() == 1


def _scope(alice: Tenant) -> str:
    return f"key:{alice.project.api_keys.get().pk}"


def _fingerprint(body: dict[str, str]) -> str:
    return fingerprint_of("POST", "/v1/images/generations", body)
