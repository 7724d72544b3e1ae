"""Stability AI's creative upscaler over a real socket: accepted at once, asked for until the picture is there."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.adapters.stability.adapter import StabilityAdapter
from providers.errors import (
    BrokenContract,
    Busy,
    Misconfigured,
    Moderated,
    OutcomeUnknown,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.types import Accepted, HttpAnswer, Recovery, RemoteOutput, RemoteState
from tests.vendors.stability.calling import LATER, Calls, calls_to_stability, pictured, refused
from tests.vendors.stability.faults import RESULT_FAULTS, TROUBLES
from tests.vendors.stability.inputs import media

SIZE = (96, 64)
# Fault -> what the outputs of the finished job say.
FAILED_OUTPUTS = {"moderated-output": Moderated, "failed": ProviderError, "strange-word": BrokenContract}


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_stability() as running:
        running.server.poll_every_s, running.server.result_pixels = 0.0, 10_000
        yield running


def accepted(calls: Calls, folder: Path, fault: str = "") -> Accepted:
    """A job that was taken."""
    inputs = (media("image", SIZE, folder),)
    outcome = calls.submit(fault, model=LATER, operation="upscale", inputs=inputs, factor=4)
    assert isinstance(outcome, Accepted)
    return outcome


def finished(calls: Calls, job_id: str) -> RemoteOutput:
    """The output of a job, asked for until it is there."""
    for _ in range(10):
        progress, outputs = calls.ask(job_id)
        if progress.state is RemoteState.SUCCEEDED:
            (output,) = outputs
            return output
        assert (progress.state, progress.poll_after_s) == (RemoteState.RUNNING, 10.0)
    raise AssertionError("the job has not ended")


class TestAJob:
    def test_it_is_accepted_polled_and_done(self, calls: Calls, tmp_path: Path) -> None:
        job = accepted(calls, tmp_path)
        assert (len(job.provider_job_id), job.poll_after_s, job.cost) == (64, 10.0, None)
        states = [calls.ask(job.provider_job_id)[0].state for _ in range(3)]
        assert states == [RemoteState.RUNNING, RemoteState.RUNNING, RemoteState.SUCCEEDED]
        output = finished(calls, job.provider_job_id)
        assert output.mime_type == "image/png" and output.seed
        assert pictured(output).width > SIZE[0]
        assert calls.server.violations == []

    def test_it_is_asked_for_as_bytes_under_its_id(self, calls: Calls, tmp_path: Path) -> None:
        job = accepted(calls, tmp_path)
        calls.ask(job.provider_job_id)
        submitted, polled = calls.server.received
        assert submitted.headers["accept"] == "application/json"
        assert (polled.method, polled.path) == ("GET", f"/v2beta/results/{job.provider_job_id}")
        assert polled.headers["accept"] == "image/*"

    def test_bytes_and_base64_say_the_same(self, calls: Calls, tmp_path: Path) -> None:
        job, adapter = accepted(calls, tmp_path), StabilityAdapter(LATER, calls.server.url)
        in_bytes = finished(calls, job.provider_job_id)
        built = adapter.build_poll(job.provider_job_id)
        as_json = dataclasses.replace(built, headers={"Accept": "application/json"})
        answer = calls.send(as_json, adapter, paid=False)
        assert answer.headers["content-type"] == "application/json"
        assert adapter.parse_progress(answer).state is RemoteState.SUCCEEDED
        assert adapter.parse_outputs(answer) == (in_bytes,)

    def test_it_is_told_to_its_own_account_alone_and_kept_for_a_day(self, calls: Calls, tmp_path: Path) -> None:
        job = accepted(calls, tmp_path)
        with pytest.raises(OutputLost):
            calls.ask(job.provider_job_id, api_key="sk-another")
        finished(calls, job.provider_job_id)
        calls.server.results.expire()
        with pytest.raises(OutputLost):
            calls.ask(job.provider_job_id)

    def test_an_id_with_a_path_in_it_stays_within_the_results(self) -> None:
        built = StabilityAdapter(LATER).build_poll("../../v1/user/balance")
        assert built.url == "https://api.stability.ai/v2beta/results/..%2F..%2Fv1%2Fuser%2Fbalance"

    def test_a_lost_answer_cannot_be_found_again(self) -> None:
        assert StabilityAdapter(LATER).recovery is Recovery.NONE

    def test_asking_too_soon_is_noticed(self, calls: Calls, tmp_path: Path) -> None:
        calls.server.poll_every_s = 10.0
        calls.ask(accepted(calls, tmp_path).provider_job_id)
        assert calls.server.violations == ["results: asked for again within 10 s"]


class TestEveryFault:
    @pytest.mark.parametrize(("fault", "kind"), [("result-moderated", Moderated), ("result-failed", Rejected)])
    def test_a_job_that_failed_says_so(
        self, calls: Calls, tmp_path: Path, fault: str, kind: type[ProviderError]
    ) -> None:
        progress, _ = calls.ask(accepted(calls, tmp_path, fault).provider_job_id)
        assert (progress.state, type(progress.error)) == (RemoteState.FAILED, kind)

    @pytest.mark.parametrize(
        ("fault", "kind", "wait_s"),
        [("result-error", Unreachable, 10.0), ("result-limited", Busy, 1.0), ("result-cut", Unreachable, None)],
    )
    def test_trouble_with_a_question_is_none_with_the_job(
        self, calls: Calls, tmp_path: Path, fault: str, kind: type[ProviderError], wait_s: float | None
    ) -> None:
        job_id = accepted(calls, tmp_path, fault).provider_job_id
        errors: list[ProviderError] = []
        for _ in range(TROUBLES + calls.server.rounds):
            try:
                calls.ask(job_id)
            except ProviderError as error:
                errors.append(error)
        assert [type(error) for error in errors] == [kind] * TROUBLES
        assert [error.retry_after_s for error in errors] == [wait_s] * TROUBLES
        assert finished(calls, job_id).content

    def test_a_result_that_is_gone_is_lost(self, calls: Calls, tmp_path: Path) -> None:
        with pytest.raises(OutputLost):
            calls.ask(accepted(calls, tmp_path, "result-expired").provider_job_id)

    def test_a_word_that_is_not_known_means_in_work(self, calls: Calls, tmp_path: Path) -> None:
        assert finished(calls, accepted(calls, tmp_path, "result-strange-word").provider_job_id).content
        stuck = accepted(calls, tmp_path, "result-stuck").provider_job_id
        assert {calls.ask(stuck)[0].state for _ in range(6)} == {RemoteState.RUNNING}

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"image": ""}', b"<html>"])
    def test_202_means_in_work_whatever_else_it_says(self, body: bytes) -> None:
        progress = StabilityAdapter(LATER).parse_progress(HttpAnswer(202, {}, body))
        assert progress.state is RemoteState.RUNNING

    @pytest.mark.parametrize(("fault", "kind"), FAILED_OUTPUTS.items())
    def test_a_word_that_is_not_success_is_the_outputs_own_error(
        self, calls: Calls, tmp_path: Path, fault: str, kind: type[ProviderError]
    ) -> None:
        output = finished(calls, accepted(calls, tmp_path, fault).provider_job_id)
        assert (type(output.error), output.content) == (kind, None)

    @pytest.mark.parametrize("fault", ["empty", "page"])
    def test_a_result_that_cannot_be_read_breaks_the_contract(self, calls: Calls, tmp_path: Path, fault: str) -> None:
        with pytest.raises(BrokenContract):
            finished(calls, accepted(calls, tmp_path, fault).provider_job_id)

    def test_half_a_picture_is_handed_on_for_the_image_step_to_judge(self, calls: Calls, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="truncated"):
            pictured(finished(calls, accepted(calls, tmp_path, "truncated").provider_job_id))

    def test_an_acceptance_without_an_id_may_have_been_paid_for(self, calls: Calls, tmp_path: Path) -> None:
        with pytest.raises(BrokenContract) as caught:
            accepted(calls, tmp_path, "no-id")
        assert caught.value.not_accepted is False

    def test_before_it_is_accepted_it_fails_like_everything_else(self, calls: Calls, tmp_path: Path) -> None:
        inputs = (media("image", SIZE, tmp_path),)
        error = refused(calls.submit("no-credit", model=LATER, operation="upscale", inputs=inputs))
        assert isinstance(error, Misconfigured)
        for fault in ("server-error", "hang-up", "cut"):
            with pytest.raises(OutcomeUnknown):
                calls.submit(fault, model=LATER, operation="upscale", inputs=inputs)

    def test_a_refused_key_says_nothing_of_the_job(self) -> None:
        with pytest.raises(Misconfigured):
            StabilityAdapter(LATER).parse_progress(HttpAnswer(401, {}, b""))


def test_every_fault_of_a_job_was_tried() -> None:
    tried = {"result-moderated", "result-failed", "result-error", "result-limited", "result-cut", "result-expired"}
    assert {*tried, "result-strange-word", "result-stuck", "no-id"} == set(RESULT_FAULTS)
