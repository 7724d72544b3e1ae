"""A provider that is busy is left alone until its time; one that has become slow is left for others."""

import pytest

from gencraft_media.common.clock import from_now
from gencraft_media.generation.circuits import note_answer, watch_slow
from gencraft_media.generation.circuits.watching import SLOWEST_PROMPT_S, TIMES_THE_MEDIAN, late_after_s
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.errors import Busy
from providers.models import ProviderModel
from tests.generation.circuits.calls import MODEL, OTHER_MODEL, Calls, ask, is_kept_back, make_account, move

CLOSED, OPEN = CircuitState.CLOSED, CircuitState.OPEN
TYPICAL_S = 4


@pytest.fixture
def late_s(calls: Calls) -> float:
    """After how long a call of the model is late."""
    ProviderModel.objects.filter(name=MODEL).update(typical_seconds=TYPICAL_S)
    late_s = late_after_s("openai", MODEL, "text-to-image", calls.account.pk)
    assert late_s == TIMES_THE_MEDIAN * TYPICAL_S
    return late_s


def busy(calls: Calls, retry_after_s: float | None = None) -> GenerationAttempt:
    """One more that was told to come back later."""
    return calls.fail(Busy(retry_after_s=retry_after_s))


def test_a_busy_model_is_left_alone_for_as_long_as_it_said(calls: Calls) -> None:
    busy(calls, 30.0)
    waiting = calls.planned()
    wait = ask(waiting)
    assert wait is not None
    assert (wait.reason, wait.seconds > 10) == ("circuit", True)
    assert not is_kept_back(calls.planned(OTHER_MODEL))
    calls.pass_time(29)
    assert is_kept_back(waiting)
    calls.pass_time(2)
    assert not is_kept_back(waiting)
    assert not is_kept_back(calls.planned()), "a limit that is over needs no probe"
    assert calls.state() == CLOSED


def test_a_limit_that_is_over_is_closed_although_nobody_asks(calls: Calls) -> None:
    busy(calls, 30.0)
    watch_slow()
    assert calls.state() == OPEN
    calls.pass_time(31)
    watch_slow()
    assert calls.state() == CLOSED


def test_calls_that_were_out_at_once_and_are_told_the_same_count_as_one(calls: Calls) -> None:
    for _ in range(5):
        busy(calls)
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.openings, circuit.cool_down_s) == (1, 1.0)
    busy(calls, 20.0)
    circuit.refresh_from_db()
    assert circuit.cool_down_s == 20.0, "whoever says a later time is believed"
    busy(calls, 5.0)
    circuit.refresh_from_db()
    assert circuit.cool_down_s == 20.0


def test_a_provider_that_does_not_say_how_long_is_asked_less_and_less_often(calls: Calls) -> None:
    seen = []
    for _ in range(6):
        busy(calls)
        circuit = calls.circuit()
        assert circuit is not None
        seen.append(circuit.cool_down_s)
        calls.pass_time(circuit.cool_down_s + 0.5)
        watch_slow()
    assert seen == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_a_vendor_that_shuts_accounts_out_is_left_alone_with_all_its_models(calls: Calls) -> None:
    stability = Calls(make_account("stability"), job=calls.job)
    stability._numbers = calls._numbers
    stability.fail(Busy(retry_after_s=60.0), "sd-3.5-large")
    assert is_kept_back(stability.planned("stable-image-core"))
    assert stability.whole_account().reason == "rate"


def test_two_calls_that_are_late_together_are_a_slow_model(calls: Calls, late_s: float) -> None:
    calls.sent(ago_s=late_s + 1)
    calls.sent(ago_s=late_s - 1)
    watch_slow()
    assert not Circuit.objects.exists()
    calls.sent(ago_s=late_s + 1)
    watch_slow()
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.reason, circuit.cool_down_s) == (OPEN, "slow", 10.0)
    watch_slow()
    circuit.refresh_from_db()
    assert circuit.openings == 1


def test_a_call_that_is_late_alone_is_given_twice_the_time(calls: Calls, late_s: float) -> None:
    attempt = move(calls.sent(), AttemptState.ACCEPTED, submitted_at=from_now(-2 * late_s + 2))
    watch_slow()
    assert not Circuit.objects.exists()
    move(attempt, AttemptState.ACCEPTED, submitted_at=from_now(-2 * late_s - 2))
    watch_slow()
    assert calls.state() == OPEN


def test_calls_that_later_ones_have_overtaken_are_stuck_by_themselves(calls: Calls, late_s: float) -> None:
    for _ in range(3):
        calls.sent(ago_s=late_s + 20)
    calls.answer(ago_s=late_s + 10)
    watch_slow()
    assert not Circuit.objects.exists()


def test_no_call_is_late_within_ten_seconds_however_quick_its_model_is(calls: Calls) -> None:
    ProviderModel.objects.filter(name=MODEL).update(typical_seconds=1)
    assert late_after_s("openai", MODEL, "text-to-image", calls.account.pk) == SLOWEST_PROMPT_S


def test_what_the_model_really_takes_counts_more_than_the_catalogue(calls: Calls, late_s: float) -> None:
    for _ in range(8):
        attempt = calls.sent(ago_s=60)
        move(attempt, AttemptState.LANDED, submitted_at=from_now(-60), landed_at=from_now(-50))
    assert late_after_s("openai", MODEL, "text-to-image", calls.account.pk) == pytest.approx(50, abs=1)
    assert late_after_s("openai", "gone", "text-to-image", None) == SLOWEST_PROMPT_S


def test_calls_that_still_hang_when_the_circuit_has_closed_do_not_open_it_again(calls: Calls, late_s: float) -> None:
    for _ in range(3):
        calls.sent(ago_s=late_s + 1)
    watch_slow()
    assert calls.state() == OPEN
    calls.pass_time(11)
    probe = calls.planned()
    assert ask(probe) is None
    note_answer(move(probe, AttemptState.LANDED, landed_at=from_now(0)))
    assert calls.state() == CLOSED
    watch_slow()
    assert calls.state() == CLOSED
