"""The simulator from end to end over the engine's own transport: jobs without a server, faults without a memory."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.adapters.sim import SimAdapter
from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Moderated,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.models import ProviderModel
from providers.sim.edits import NEEDS
from providers.sim.faults import scripted_models
from providers.sim.jobs import find_job, new_job
from providers.transport import ProviderTransport
from providers.types import (
    Accepted,
    Finished,
    GenerationRequest,
    Progress,
    Recovery,
    Refused,
    RemoteOutput,
    RemoteState,
)

TRANSPORT = ProviderTransport()


class Clock:
    """The simulator's time, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_763_800_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    moved = Clock()
    monkeypatch.setattr("providers.sim.jobs.time", moved)
    yield moved


def wanted(**changes: Any) -> GenerationRequest:
    request = GenerationRequest(
        attempt_id="0d3a8c1e-6a54-4be9-a8a7-8f1f3c1c2b11",
        operation="text-to-image",
        model="sim/standard",
        prompt="a lighthouse at dawn",
        width=256,
        height=128,
        seed=40,
    )
    return replace(request, **changes)


def submit(model: str, **changes: Any) -> Any:
    adapter = SimAdapter(f"sim/{model}")
    answer = TRANSPORT.send(adapter, adapter.build_submit(wanted(**changes)), account=None, paid=True)
    return adapter.parse_submitted(answer)


def accepted(model: str, **changes: Any) -> Accepted:
    outcome = submit(model, **changes)
    assert isinstance(outcome, Accepted)
    return outcome


def poll(model: str, job_id: str) -> tuple[Progress, list[RemoteOutput]]:
    adapter = SimAdapter(f"sim/{model}")
    answer = TRANSPORT.send(adapter, adapter.build_poll(job_id), account=None)
    progress = adapter.parse_progress(answer)
    return progress, list(adapter.parse_outputs(answer)) if progress.state is RemoteState.SUCCEEDED else []


def finished_outputs(model: str, clock: Clock, **changes: Any) -> list[RemoteOutput]:
    job = accepted(model, **changes)
    clock.now += 10
    return poll(model, job.provider_job_id)[1]


class TestAJob:
    def test_takes_about_a_second_and_says_how_far_it_is(self, clock: Clock) -> None:
        job = accepted("standard")
        seen = []
        for _ in range(4):
            progress, _ = poll("standard", job.provider_job_id)
            seen.append((progress.state, progress.fraction))
            clock.now += 0.3
        assert [state for state, _ in seen] == [RemoteState.RUNNING] * 3 + [RemoteState.SUCCEEDED]
        assert [fraction for _, fraction in seen] == pytest.approx([0, 0.333, 0.667, 1.0], abs=0.01)

    def test_is_asked_for_just_after_it_ends(self, clock: Clock) -> None:
        job = accepted("slow")
        assert job.poll_after_s == pytest.approx(2.0, abs=0.05)
        clock.now += 0.5
        progress, _ = poll("slow", job.provider_job_id)
        clock.now += progress.poll_after_s
        assert poll("slow", job.provider_job_id)[0].state is RemoteState.SUCCEEDED

    def test_is_its_own_id_and_fits_the_column(self, clock: Clock) -> None:
        for prompt in ("x", 'quote " and \\ back', "\x00\n\t" * 50, "夜の灯台" * 40, "😀" * 40):
            largest = {"count": 8, "seed": 2**32 - 1, "width": 4096, "height": 4096}
            job = accepted("moderated-output", prompt=prompt, **largest)
            assert len(job.provider_job_id) <= 255
            found = find_job(job.provider_job_id)
            assert found is not None
            assert (found.model, found.seed, found.width, found.count) == ("moderated-output", 2**32 - 1, 4096, 8)
            # The longest there is.
            sent = replace(found, model="dropped-idempotent", operation="remove-background", edit="x" * 16)
            assert len(sent.id) <= 255
            assert find_job(sent.id) == sent

    def test_with_a_changed_id_is_not_known(self, clock: Clock) -> None:
        job_id = accepted("standard").provider_job_id
        forged = job_id[:30] + ("A" if job_id[30] != "A" else "B") + job_id[31:]
        for wrong in (forged, "sim_", "sim_!!", "", "other"):
            assert find_job(wrong) is None
        with pytest.raises(OutputLost):
            poll("standard", forged)

    def test_can_be_stopped_until_it_ends(self, clock: Clock) -> None:
        job = accepted("standard")
        adapter = SimAdapter("sim/standard")
        cancel = adapter.build_cancel(job.provider_job_id)
        assert cancel is not None
        assert adapter.parse_canceled(TRANSPORT.send(adapter, cancel, account=None))
        clock.now += 5
        assert not adapter.parse_canceled(TRANSPORT.send(adapter, cancel, account=None))

    def test_without_a_seed_takes_one_from_its_reference(self, clock: Clock) -> None:
        first, again = (find_job(accepted("standard", seed=None).provider_job_id) for _ in range(2))
        assert first is not None
        assert first == again

    def test_that_is_stuck_stays_half_done(self, clock: Clock) -> None:
        job = accepted("stuck")
        clock.now += 86_400
        progress, _ = poll("stuck", job.provider_job_id)
        assert (progress.state, progress.fraction) == (RemoteState.RUNNING, 0.5)

    def test_of_an_operation_not_built_is_refused(self) -> None:
        outcome = submit("standard", operation="image-to-video")
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, Rejected)


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "kind"), [("moderated", Moderated), ("no-credit", OutOfMoney), ("bad-key", KeyRefused)]
    )
    def test_are_of_the_right_kind(self, model: str, kind: type[ProviderError]) -> None:
        outcome = submit(model)
        assert isinstance(outcome, Refused)
        assert type(outcome.error) is kind
        assert outcome.error.not_accepted

    def test_for_too_many_requests_end_with_the_third_attempt(self, clock: Clock) -> None:
        for number in (1, 2):
            outcome = submit("rate-limited", options={"attempt_number": number})
            assert isinstance(outcome, Refused)
            assert isinstance(outcome.error, Busy)
            assert outcome.error.retry_after_s == 1
        assert isinstance(submit("rate-limited", options={"attempt_number": 3}), Accepted)

    def test_before_the_line_was_open_sent_nothing(self) -> None:
        with pytest.raises(Unreachable):
            submit("unreachable")

    def test_by_a_broken_server_leave_the_outcome_unknown(self) -> None:
        with pytest.raises(OutcomeUnknown):
            submit("server-error")
        assert SimAdapter("sim/server-error").recovery is Recovery.NONE

    def test_to_keep_the_contract_are_seen(self) -> None:
        with pytest.raises(BrokenContract):
            submit("broken-contract")


class TestOutputs:
    def test_of_a_call_continue_from_its_seed(self, clock: Clock) -> None:
        outputs = finished_outputs("standard", clock, count=4)
        assert [output.seed for output in outputs] == [40, 41, 42, 43]

    def test_refused_alone_leave_the_others(self, clock: Clock) -> None:
        outputs = finished_outputs("moderated-output", clock, count=4)
        assert [type(output.error) for output in outputs] == [type(None), Moderated, type(None), type(None)]

    def test_of_flaky_fail_three_in_eight(self, clock: Clock) -> None:
        outputs = finished_outputs("flaky", clock, count=4) + finished_outputs("flaky", clock, count=4, seed=44)
        assert [output.error is not None for output in outputs] == [index in {1, 4, 6} for index in range(8)]

    def test_that_all_fail_fail_the_job(self, clock: Clock) -> None:
        job = accepted("flaky", seed=41)
        clock.now += 5
        progress, _ = poll("flaky", job.provider_job_id)
        assert progress.state is RemoteState.FAILED
        assert isinstance(progress.error, Rejected)

    def test_that_are_lost_answer_404(self, clock: Clock, tmp_path: Path) -> None:
        (output,) = finished_outputs("lost-output", clock)
        with pytest.raises(OutputLost):
            TRANSPORT.fetch_output(SimAdapter("sim/lost-output"), output, tmp_path / "sink", account=None)

    def test_are_not_there_before_the_job_ends(self, clock: Clock, tmp_path: Path) -> None:
        (output,) = finished_outputs("standard", clock)
        clock.now -= 10
        with pytest.raises(OutputLost):
            TRANSPORT.fetch_output(SimAdapter("sim/standard"), output, tmp_path / "sink", account=None)


def test_every_script_has_a_catalogue_row_and_the_other_way_round(catalogue: None) -> None:
    rows = ProviderModel.objects.filter(provider="sim")
    assert {row.name.removeprefix("sim/") for row in rows} == scripted_models()
    assert all(row.operations == list(NEEDS) for row in rows)


def test_a_submission_that_cannot_be_read_is_refused() -> None:
    documents: list[Any] = [{}, {"reference": "r"}, [], None, {"reference": "r", "prompt": "p", "model": "standard"}]
    for document in documents:
        with pytest.raises((KeyError, TypeError)):
            new_job(json.loads(json.dumps(document)))


def test_a_synchronous_model_hands_its_pictures_over(clock: Clock, tmp_path: Path) -> None:
    outcome = submit("synchronous", count=2)
    assert isinstance(outcome, Finished)
    assert [output.seed for output in outcome.outputs] == [40, 41]
    assert all((output.content or b"").startswith(b"\x89PNG") for output in outcome.outputs)
