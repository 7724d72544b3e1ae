"""What opens a circuit: failures in a row, or a share of the calls; and what does not."""

from collections.abc import Callable

import pytest

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.circuits import note_answer, note_failure, shut_circuits
from gencraft_media.generation.circuits.counting import ACCOUNT_IN_A_ROW, AT_LEAST, IN_A_ROW, WINDOW_S
from gencraft_media.generation.errors import DeadlineExceeded, JobCanceled, ProviderSilent, StepCrashed
from gencraft_media.generation.models import Circuit, CircuitState
from gencraft_media.generation.states import AttemptState
from providers.errors import (
    BrokenContract,
    Moderated,
    OptionUnsupported,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Unreachable,
)
from tests.generation.circuits.calls import MODEL, OTHER_MODEL, Calls, fail, is_kept_back, make_account, move

CLOSED, OPEN = CircuitState.CLOSED, CircuitState.OPEN


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unreachable(), AttemptState.REJECTED),
        (ProviderError(vendor_code="Error"), AttemptState.FAILED),
        (OutcomeUnknown(vendor_code="500"), AttemptState.LOST),
        (BrokenContract(), AttemptState.FAILED),
        (ProviderSilent(), AttemptState.FAILED),
    ],
)
def test_three_failures_in_a_row_open_the_circuit(calls: Calls, error: GenCraftError, state: str) -> None:
    for _ in range(IN_A_ROW - 1):
        calls.fail(error, state=state)
    assert calls.state() == CLOSED
    calls.fail(error, state=state)
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.reason, circuit.cool_down_s) == (OPEN, "errors", 10.0)
    assert (calls.account.pk, MODEL) in shut_circuits()
    assert is_kept_back(calls.planned())
    assert not is_kept_back(calls.planned(OTHER_MODEL))


def test_a_lost_answer_counts_while_its_outcome_is_still_looked_for(calls: Calls) -> None:
    error = OutcomeUnknown(vendor_text="ReadTimeout")
    for _ in range(IN_A_ROW):
        note_failure(move(calls.sent(), AttemptState.UNKNOWN, unknown_since=calls.job.created_at), error)
    assert calls.state() == OPEN


@pytest.mark.parametrize("between", [Calls.answer, lambda calls: calls.fail(Rejected())])
def test_an_answer_between_failures_ends_the_row(calls: Calls, between: Callable[[Calls], object]) -> None:
    for _ in range(IN_A_ROW - 1):
        calls.fail(Unreachable())
    between(calls)
    for _ in range(IN_A_ROW - 1):
        calls.fail(Unreachable())
    assert calls.state() == CLOSED


@pytest.mark.parametrize(("answers", "state"), [(20, OPEN), (21, CLOSED)])
def test_five_failures_open_where_they_are_a_fifth_of_the_calls(calls: Calls, answers: int, state: str) -> None:
    for number in range(AT_LEAST):
        for _ in range(answers // AT_LEAST + (number < answers % AT_LEAST)):
            calls.answer()
        calls.fail(Unreachable())
    assert calls.state() == state


def test_failures_of_more_than_a_minute_ago_do_not_count(calls: Calls) -> None:
    for _ in range(IN_A_ROW):
        calls.fail(Unreachable(), ago_s=WINDOW_S + 1)
    calls.fail(Unreachable())
    assert calls.state() == CLOSED


@pytest.mark.parametrize(
    "error",
    [Rejected(), Moderated(), JobCanceled(), DeadlineExceeded(), StepCrashed(), OptionUnsupported(), OutcomeUnknown()],
)
def test_what_the_provider_is_not_to_blame_for_opens_nothing(calls: Calls, error: GenCraftError) -> None:
    for _ in range(2 * AT_LEAST):
        calls.fail(error)
    assert not Circuit.objects.exists()


def test_a_success_writes_nothing(calls: Calls, django_assert_max_num_queries: Callable[[int], object]) -> None:
    attempt = calls.answer()
    with django_assert_max_num_queries(1):  # type: ignore[attr-defined]
        note_answer(attempt)
    assert not Circuit.objects.exists()


def test_an_account_none_of_whose_models_answers_is_shut_as_a_whole(calls: Calls) -> None:
    for number in range(ACCOUNT_IN_A_ROW):
        assert calls.state("") == CLOSED
        calls.fail(Unreachable(), (MODEL, OTHER_MODEL)[number % 2])
    assert (calls.whole_account().state, calls.whole_account().reason) == (OPEN, "errors")
    assert is_kept_back(calls.planned("gpt-image-2"))


def test_failures_of_one_model_say_nothing_of_the_others(calls: Calls) -> None:
    for _ in range(2 * ACCOUNT_IN_A_ROW):
        calls.fail(Unreachable())
    assert (calls.state(), calls.state("")) == (OPEN, CLOSED)


def test_attempts_that_fail_before_they_are_sent_are_counted_by_their_tries_on_the_model(calls: Calls) -> None:
    fail(calls.planned(OTHER_MODEL), Unreachable())
    for tries in range(1, IN_A_ROW + 1):
        assert calls.state() == CLOSED
        fail(calls.planned(tries=tries + 1), Unreachable())
    assert calls.state() == OPEN


def test_the_simulator_is_never_shut_for_faults_that_somebody_asked_it_for(calls: Calls) -> None:
    sim = Calls(make_account("sim"), job=calls.job)
    sim._numbers = calls._numbers
    for _ in range(2 * AT_LEAST):
        sim.fail(Unreachable(), "sim/unreachable")
    assert not Circuit.objects.exists()
