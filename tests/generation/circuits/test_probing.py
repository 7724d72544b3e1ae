"""An open circuit lets one attempt out after its cool-down, and that attempt's answer decides."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.circuits import account_open_for, note_answer, shut_circuits, watch_slow
from gencraft_media.generation.circuits.changes import STABLE_S
from gencraft_media.generation.circuits.counting import IN_A_ROW
from gencraft_media.generation.circuits.watching import late_after_s
from gencraft_media.generation.errors import error_json
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.errors import Busy, Moderated, OutOfMoney, ProviderError, Unreachable
from providers.models import ProviderAccount
from tests.generation.circuits.calls import MODEL, Calls, answer, ask, fail, is_kept_back, make_account, move
from tests.generation.rows import load_rows

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
FIRST_S, LONGEST_S = 10.0, 300.0


def cool_down_s(calls: Calls, model: str = MODEL) -> float:
    """Of the circuit."""
    circuit = calls.circuit(model)
    assert circuit is not None
    return circuit.cool_down_s


def open_by_errors(calls: Calls) -> None:
    """An outage."""
    for _ in range(IN_A_ROW):
        calls.fail(Unreachable())
    assert calls.state() == OPEN


def probe(calls: Calls) -> GenerationAttempt:
    """The cool-down is over, and one attempt was let out."""
    calls.pass_time(cool_down_s(calls) + 1)
    attempt = calls.planned()
    assert ask(attempt) is None
    assert calls.state() == HALF_OPEN
    return move(attempt, AttemptState.SUBMITTING)


def test_nothing_goes_out_before_the_cool_down_is_over_and_then_one(calls: Calls) -> None:
    open_by_errors(calls)
    first, second = calls.planned(), calls.planned()
    assert is_kept_back(first) and is_kept_back(second)
    assert account_open_for("openai", MODEL) is None
    calls.pass_time(FIRST_S + 1)
    assert account_open_for("openai", MODEL) == calls.account, "the next request may be its probe"
    assert not is_kept_back(first)
    assert is_kept_back(second)
    assert account_open_for("openai", MODEL) is None
    # Its worker died before it was sent: whoever claims it again may send it.
    assert ask(first) is None


@pytest.mark.parametrize("error", [None, Moderated()])
def test_an_answer_to_the_probe_closes_the_circuit(calls: Calls, error: Moderated | None) -> None:
    open_by_errors(calls)
    attempt = probe(calls)
    if error is None:
        answer(attempt)
    else:
        fail(attempt, error)
    assert (calls.state(), shut_circuits()) == (CLOSED, {})
    assert not is_kept_back(calls.planned()) and not is_kept_back(calls.planned())


def test_an_answer_to_somebody_else_decides_nothing(calls: Calls) -> None:
    earlier = calls.sent()
    open_by_errors(calls)
    probe(calls)
    answer(earlier)
    assert calls.state() == HALF_OPEN
    fail(calls.sent(), Unreachable())
    assert calls.state() == HALF_OPEN


def test_each_probe_that_fails_doubles_the_cool_down_up_to_five_minutes(calls: Calls) -> None:
    open_by_errors(calls)
    seen = [cool_down_s(calls)]
    for _ in range(6):
        fail(probe(calls), Unreachable())
        assert calls.state() == OPEN
        seen.append(cool_down_s(calls))
    assert seen == [FIRST_S, 20.0, 40.0, 80.0, 160.0, LONGEST_S, LONGEST_S]


@pytest.mark.parametrize(("quiet_s", "expected_s"), [(STABLE_S - 5, 2 * FIRST_S), (STABLE_S + 5, FIRST_S)])
def test_a_circuit_that_stayed_closed_for_a_while_begins_anew(calls: Calls, quiet_s: float, expected_s: float) -> None:
    open_by_errors(calls)
    answer(probe(calls))
    calls.pass_time(quiet_s)
    open_by_errors(calls)
    assert cool_down_s(calls) == expected_s


def test_what_was_sent_before_it_closed_does_not_open_it_again(calls: Calls) -> None:
    hanging = [calls.sent() for _ in range(2 * IN_A_ROW)]
    open_by_errors(calls)
    answer(probe(calls))
    for attempt in hanging:
        fail(attempt, Unreachable())
    assert calls.state() == CLOSED


def test_that_a_job_was_taken_shows_money_and_key_but_no_picture(calls: Calls) -> None:
    open_by_errors(calls)
    taken = move(probe(calls), AttemptState.ACCEPTED)
    note_answer(taken)
    assert calls.state() == HALF_OPEN
    answer(taken)
    assert calls.state() == CLOSED
    calls.fail(OutOfMoney())
    calls.pass_time(cool_down_s(calls, "") + 1, "")
    attempt = calls.planned()
    assert ask(attempt) is None
    note_answer(move(attempt, AttemptState.ACCEPTED))
    assert calls.state("") == CLOSED


@pytest.mark.parametrize(
    ("state", "changes", "expected"),
    [
        (AttemptState.LANDED, {"landed_at": True}, CLOSED),
        (AttemptState.REJECTED, {"error": error_json(Moderated())}, CLOSED),
        (AttemptState.REJECTED, {"error": error_json(Unreachable())}, OPEN),
        (AttemptState.FAILED, {"error": error_json(ProviderError())}, OPEN),
        (AttemptState.UNKNOWN, {}, OPEN),
        (AttemptState.SUBMITTING, {}, HALF_OPEN),
        (AttemptState.ACCEPTED, {}, HALF_OPEN),
    ],
)
def test_a_probe_whose_worker_died_before_it_could_tell_is_settled_by_its_row(
    calls: Calls, state: str, changes: dict[str, object], expected: str
) -> None:
    open_by_errors(calls)
    attempt = probe(calls)
    if "landed_at" in changes:
        changes = {"landed_at": attempt.submitted_at}
    move(attempt, state, **changes)
    watch_slow()
    assert calls.state() == expected
    if expected == OPEN:
        assert cool_down_s(calls) == 2 * FIRST_S


@pytest.mark.parametrize("loss", ["canceled", "deleted", "planned"])
def test_a_probe_that_says_nothing_leaves_the_next_attempt_to_be_it(calls: Calls, loss: str) -> None:
    open_by_errors(calls)
    attempt = probe(calls)
    if loss == "deleted":
        attempt.delete()
    else:
        move(attempt, loss)
    assert is_kept_back(calls.planned())
    watch_slow()
    assert (calls.state(), cool_down_s(calls)) == (OPEN, FIRST_S)
    assert not is_kept_back(calls.planned())


def test_a_probe_that_takes_too_long_has_failed(calls: Calls) -> None:
    open_by_errors(calls)
    attempt = probe(calls)
    late_s = late_after_s("openai", MODEL, "text-to-image", calls.account.pk)
    GenerationAttempt.objects.filter(pk=attempt.pk).update(submitted_at=_earlier(attempt, late_s - 2))
    watch_slow()
    assert calls.state() == HALF_OPEN
    GenerationAttempt.objects.filter(pk=attempt.pk).update(submitted_at=_earlier(attempt, late_s + 2))
    watch_slow()
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.reason, circuit.cool_down_s) == (OPEN, "slow", 2 * FIRST_S)


def test_a_probe_that_no_slot_is_free_for_does_not_begin(calls: Calls) -> None:
    open_by_errors(calls)
    ProviderAccount.objects.update(concurrent_requests=1)
    calls.sent()
    calls.pass_time(FIRST_S + 1)
    wait = ask(calls.planned())
    assert (wait and wait.reason, calls.state()) == ("slots", OPEN)


def test_an_account_that_is_deleted_takes_its_circuits_along(calls: Calls) -> None:
    open_by_errors(calls)
    attempt = probe(calls)
    calls.account.delete()
    fail(attempt, Unreachable())
    watch_slow()
    assert not Circuit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_ask_at_once_one_is_let_out() -> None:
    load_rows()
    calls = Calls(make_account())
    open_by_errors(calls)
    calls.pass_time(FIRST_S + 1)
    waiting = [calls.planned() for _ in range(12)]
    together = threading.Barrier(6)

    def ask_in_a_thread(attempt: GenerationAttempt) -> bool:
        try:
            together.wait(timeout=30)
            return is_kept_back(attempt)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as workers:
        kept_back = list(workers.map(ask_in_a_thread, waiting))
    assert kept_back.count(False) == 1
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.probe_attempt_id) == (HALF_OPEN, waiting[kept_back.index(False)].pk)


def _earlier(attempt: GenerationAttempt, seconds: float) -> datetime:
    assert attempt.submitted_at is not None
    return attempt.submitted_at - timedelta(seconds=seconds)


@pytest.mark.parametrize("error", [Unreachable(), OutOfMoney()])
def test_a_probe_that_comes_no_further_than_its_uploads_has_failed(calls: Calls, error: GenCraftError) -> None:
    model = "" if isinstance(error, OutOfMoney) else MODEL
    for _ in range(IN_A_ROW):
        calls.fail(error)
    first_s = cool_down_s(calls, model)
    fail(calls.planned(), error)
    assert cool_down_s(calls, model) == first_s, "it was not its time yet"
    calls.pass_time(first_s + 1, model)
    fail(calls.planned(), error)
    assert (calls.state(model), cool_down_s(calls, model)) == (OPEN, 2 * first_s)
    fail(calls.planned(), error)
    assert cool_down_s(calls, model) == 2 * first_s


@pytest.mark.parametrize(("told_s", "wait_s"), [(40.0, 40.0), (None, 15.0)])
def test_a_probe_that_is_told_to_come_later_changes_nothing_but_the_time(
    calls: Calls, told_s: float | None, wait_s: float
) -> None:
    open_by_errors(calls)
    fail(probe(calls), Unreachable())
    before = calls.circuit()
    fail(probe(calls), Busy(retry_after_s=told_s))
    circuit = calls.circuit()
    assert circuit is not None and before is not None and circuit.retry_at is not None
    assert (circuit.state, circuit.reason, circuit.openings) == (OPEN, "errors", before.openings)
    assert wait_s - 5 < (circuit.retry_at - circuit.updated_at).total_seconds() <= wait_s
    calls.pass_time(wait_s)
    fail(probe(calls), Unreachable())
    assert cool_down_s(calls) == 4 * FIRST_S
