"""The contract every registered adapter keeps: the same cases for all of them, on their own payloads."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from providers import errors
from providers.base import ProviderAdapter
from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Misconfigured,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.kinds import KINDS
from providers.operations import Operation
from providers.registry import ADAPTERS
from providers.types import Accepted, Finished, GenerationRequest, HttpAnswer, Recovery, Refused, RemoteState
from tests.providers.catalogue_rows import catalogue_rows
from tests.providers.samples import ALL, EDITING, POLLED, SAMPLES, PollSamples, Samples

NOT_DOCUMENTS = {
    "nothing": b"",
    "half a document": b'{"id": "x',
    "a page": b"<html>Service</html>",
    "a list": b"[]",
    "a number": b"7",
    "an empty object": b"{}",
    "null": b"null",
    "bytes": b"\xff\xfe\x00",
}


def adapter_of(key: str) -> ProviderAdapter:
    return ADAPTERS[key](SAMPLES[key].model, SAMPLES[key].base_url)


def polls_of(key: str) -> PollSamples:
    polls = SAMPLES[key].polls
    assert polls is not None
    return polls


def edits_of(key: str, folder: Path) -> Mapping[str, GenerationRequest]:
    edits = SAMPLES[key].edits
    assert edits is not None
    return edits(folder)


def answer_of(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpAnswer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return HttpAnswer(status, headers or {}, body)


def refused_on_submit(key: str, answer: HttpAnswer) -> ProviderError:
    outcome = adapter_of(key).parse_submitted(answer)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, ProviderError)
    return outcome.error


def test_every_adapter_has_payloads() -> None:
    assert set(SAMPLES) == set(ADAPTERS)


@pytest.mark.parametrize("key", ALL)
class TestWhatAnAdapterIs:
    def test_it_names_itself_as_the_registry_does(self, key: str) -> None:
        adapter = adapter_of(key)
        assert (adapter.key, bool(adapter.label)) == (key, True)
        # An operator's own server is where the account says, and nowhere else.
        assert adapter.base_url.startswith("https://") or (key in KINDS and not adapter.base_url)

    def test_its_error_table_maps_to_our_errors(self, key: str) -> None:
        assert all(issubclass(kind, ProviderError) for kind in adapter_of(key).ERRORS.values())

    def test_its_patience_is_finite(self, key: str) -> None:
        adapter = adapter_of(key)
        assert 0 < adapter.poll_every_s < adapter.give_up_after_s < 3600
        assert 0 < adapter.submit_timeout_s <= 600

    def test_it_has_what_its_recovery_kind_needs(self, key: str) -> None:
        adapter = adapter_of(key)
        if adapter.recovery is Recovery.LISTABLE:
            request = SAMPLES[key].request
            assert adapter.build_find(request) is not None
            assert adapter.parse_found(answer_of({}), replace(request, attempt_id="another")) == ""

    def test_an_unsigned_callback_is_about_nobody(self, key: str) -> None:
        assert adapter_of(key).verify_callback({}, b'{"reference": "r", "id": "x"}', "secret") is None


@pytest.mark.parametrize("key", ALL)
class TestTheRequest:
    def test_it_goes_to_the_adapters_own_address(self, key: str) -> None:
        adapter = ADAPTERS[key](SAMPLES[key].model, "http://127.0.0.1:9/v1")
        assert adapter.build_submit(SAMPLES[key].request).url.startswith("http://127.0.0.1:9/v1")

    def test_it_is_the_same_every_time(self, key: str) -> None:
        request = SAMPLES[key].request
        assert adapter_of(key).build_submit(request) == adapter_of(key).build_submit(request)

    def test_it_can_be_written_as_json_and_says_the_prompt(self, key: str) -> None:
        request = SAMPLES[key].request
        built = adapter_of(key).build_submit(request)
        assert request.prompt in json.dumps([built.json, built.form])

    def test_it_carries_no_credentials(self, key: str) -> None:
        built = adapter_of(key).build_submit(SAMPLES[key].request)
        assert not {"authorization", "x-key", "api-key"} & {name.lower() for name in built.headers}

    def test_cancel_and_find_do_not_raise(self, key: str) -> None:
        adapter = adapter_of(key)
        request = SAMPLES[key].request
        built = [adapter.build_cancel("job-1"), adapter.build_find(request), adapter.build_find_ended(request)]
        assert all(request is None or request.url.startswith(adapter.url) for request in built)


@pytest.mark.parametrize("key", EDITING)
class TestTheRequestWithPictures:
    def test_there_is_one_for_every_operation_of_the_model(self, key: str, tmp_path: Path) -> None:
        row = catalogue_rows()[key, SAMPLES[key].model]
        assert {*edits_of(key, tmp_path), Operation.TEXT_TO_IMAGE} == set(row.operations)

    def test_it_carries_every_picture_once_and_says_what_is_asked(self, key: str, tmp_path: Path) -> None:
        for request in edits_of(key, tmp_path).values():
            built = adapter_of(key).build_submit(request)
            assert [media for _, media in built.files or ()] == list(request.inputs)
            assert request.prompt in json.dumps([built.json, built.form])
            assert not {"authorization", "x-key", "api-key"} & {name.lower() for name in built.headers}

    def test_it_is_the_same_every_time_and_another_for_another_picture(self, key: str, tmp_path: Path) -> None:
        for request in edits_of(key, tmp_path).values():
            built = adapter_of(key).build_submit(request)
            assert adapter_of(key).build_submit(request) == built
            assert adapter_of(key).build_submit(replace(request, inputs=request.inputs[::-1] * 2)) != built


@pytest.mark.parametrize("key", ALL)
class TestTheAnswerToASubmission:
    def test_what_was_taken_is_accepted_or_finished(self, key: str) -> None:
        samples: Samples = SAMPLES[key]
        if samples.accepted is not None:
            accepted = adapter_of(key).parse_submitted(answer_of(samples.accepted, samples.accepted_status))
            assert isinstance(accepted, Accepted)
            assert 0 < len(accepted.provider_job_id) <= 255
            assert 0 < accepted.poll_after_s < 60
        if samples.finished is not None:
            finished = adapter_of(key).parse_submitted(answer_of(samples.finished))
            assert isinstance(finished, Finished)
            assert all(output.content or output.url or output.error for output in finished.outputs)
            assert [output.index for output in finished.outputs] == list(range(len(finished.outputs)))

    @pytest.mark.parametrize("body", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS)
    def test_what_cannot_be_read_breaks_the_contract_and_may_have_been_taken(self, key: str, body: bytes) -> None:
        with pytest.raises(BrokenContract) as caught:
            adapter_of(key).parse_submitted(answer_of(body))
        assert caught.value.not_accepted is False

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, Rejected),
            (401, KeyRefused),
            (402, OutOfMoney),
            (403, Misconfigured),
            (404, Misconfigured),
            (413, Rejected),
            (422, Rejected),
            (429, Busy),
            (302, BrokenContract),
        ],
    )
    def test_a_status_alone_says_what_to_do(self, key: str, status: int, kind: type[ProviderError]) -> None:
        error = refused_on_submit(key, answer_of(b"", status))
        if status not in adapter_of(key).ERRORS:
            assert type(error) is kind

    @pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 529])
    def test_a_server_error_leaves_the_outcome_unknown(self, key: str, status: int) -> None:
        assert status not in adapter_of(key).ERRORS
        with pytest.raises(OutcomeUnknown):
            adapter_of(key).parse_submitted(answer_of(b"", status))

    def test_the_vendors_own_codes_are_known(self, key: str) -> None:
        samples = SAMPLES[key]
        for code, name in samples.codes.items():
            error = refused_on_submit(key, answer_of(samples.error_body(code, "text"), 400))
            kind: type[ProviderError] = getattr(errors, name)
            # A vendor's own class may say more about it; what the workflow does with it stays the same.
            assert (isinstance(error, kind), error.code, error.retryable) == (True, kind.code, kind.retryable)
            assert (error.vendor_code, error.vendor_text) == (code, "text")
            assert "text" not in error.message

    def test_being_busy_says_for_how_long(self, key: str) -> None:
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
        waits = {"7": 7.0, "0": 0.0, "-5": 0.0, "999999": 3600.0, "nonsense": None, "": None, "nan": None}
        for value, expected in waits.items():
            error = refused_on_submit(key, answer_of(b"", 429, {"retry-after": value}))
            wait_s = adapter_of(key).lockout_s if expected is None else expected
            assert (error.retry_after_s, error.retryable) == (wait_s, True)
        dated = refused_on_submit(key, answer_of(b"", 429, {"retry-after": later})).retry_after_s
        assert dated is not None
        assert 25 < dated <= 30
        assert refused_on_submit(key, answer_of(b"", 429, {"retry-after-ms": "1500"})).retry_after_s == 1.5


@pytest.mark.parametrize("key", POLLED)
class TestTheAnswerToAPoll:
    def test_running_is_running(self, key: str) -> None:
        progress = adapter_of(key).parse_progress(answer_of(polls_of(key).running))
        assert progress.state is RemoteState.RUNNING
        assert progress.fraction is None or 0 <= progress.fraction <= 1
        assert 0 < progress.poll_after_s < 60

    def test_an_unknown_word_is_never_success(self, key: str) -> None:
        assert adapter_of(key).parse_progress(answer_of(polls_of(key).unknown_word)).state is RemoteState.RUNNING

    def test_success_has_its_outputs_in_order(self, key: str) -> None:
        answer = answer_of(polls_of(key).succeeded)
        assert adapter_of(key).parse_progress(answer).state is RemoteState.SUCCEEDED
        outputs = adapter_of(key).parse_outputs(answer)
        assert [output.index for output in outputs] == list(range(len(outputs)))
        for output in outputs:
            assert bool(output.url or output.content) is (output.error is None)
            assert output.error is None or isinstance(output.error, ProviderError)

    def test_failure_says_why(self, key: str) -> None:
        polls = polls_of(key)
        progress = adapter_of(key).parse_progress(answer_of(polls.failed, polls.failed_status))
        assert progress.state is RemoteState.FAILED
        assert isinstance(progress.error, ProviderError)

    @pytest.mark.parametrize("body", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS)
    def test_what_cannot_be_read_breaks_the_contract(self, key: str, body: bytes) -> None:
        with pytest.raises(BrokenContract):
            adapter_of(key).parse_outputs(answer_of(body))
        # Of some vendors an empty document says that the job has not ended.
        if body != answer_of(polls_of(key).running).body:
            with pytest.raises(BrokenContract):
                adapter_of(key).parse_progress(answer_of(body))

    @pytest.mark.parametrize(
        ("status", "kind"), [(404, OutputLost), (429, Busy), (500, Unreachable), (502, Unreachable), (503, Unreachable)]
    )
    def test_a_status_alone_says_what_to_do(self, key: str, status: int, kind: type[ProviderError]) -> None:
        with pytest.raises(kind):
            adapter_of(key).parse_progress(answer_of(b"", status))
        with pytest.raises(kind):
            adapter_of(key).parse_outputs(answer_of(b"", status))
