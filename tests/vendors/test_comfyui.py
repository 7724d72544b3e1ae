"""The adapter at ComfyUI: uploads, the queue, polls, outputs, and finding what was lost."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from providers.errors import (
    BrokenContract,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.self_hosted import GenerationFailed, MemoryExhausted
from providers.types import Accepted, HttpAnswer, Progress, RemoteState
from tests.providers.custom_rows import INPAINT_INPUTS, INPAINT_WORKFLOW
from tests.vendors.comfyui.server import Server
from tests.vendors.custom_calling import CustomCalls, media, refusal_in

KIND = "comfyui"
MOST_POLLS = 10


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(key="house-token") as server:
        yield server
        assert server.violations == []


@pytest.fixture
def calls(server: Server) -> CustomCalls:
    return CustomCalls(KIND, server, key="house-token")


def accepted(calls: CustomCalls, fault: str = "", **changes: Any) -> str:
    answer = calls.submit(fault, **changes)
    assert isinstance(answer, Accepted), answer
    return answer.provider_job_id


def asked(calls: CustomCalls, job_id: str) -> tuple[Progress, HttpAnswer]:
    """One poll."""
    answer = calls.send(calls.adapter.build_poll(job_id))
    return calls.adapter.parse_progress(answer), answer


def ended(calls: CustomCalls, job_id: str) -> tuple[Progress, HttpAnswer]:
    """The poll that tells how the job ended."""
    for _ in range(MOST_POLLS):
        progress, answer = asked(calls, job_id)
        if progress.state is not RemoteState.RUNNING:
            return progress, answer
    raise AssertionError("the job did not end")


def picture_of(calls: CustomCalls, answer: HttpAnswer, folder: Path) -> Image.Image:
    [output] = calls.adapter.parse_outputs(answer)
    return Image.open(io.BytesIO(calls.fetched(output, folder))).convert("RGB")


@pytest.mark.parametrize("fault", ["", "sly"])
def test_a_workflow_is_queued_awaited_and_its_picture_fetched(calls: CustomCalls, tmp_path: Path, fault: str) -> None:
    job_id = accepted(calls, fault)
    assert asked(calls, job_id)[0].state is RemoteState.RUNNING
    progress, answer = ended(calls, job_id)
    assert progress.state is RemoteState.SUCCEEDED
    assert picture_of(calls, answer, tmp_path).size == (256, 128)


def test_the_attempt_is_the_jobs_name_and_the_request_is_in_the_workflow(calls: CustomCalls, server: Server) -> None:
    assert accepted(calls, negative_prompt="fog", options={"steps": 8}) == calls.request().attempt_id
    [job] = server.jobs.values()
    assert job.graph["6"]["inputs"]["text"] == "a lighthouse at dawn"
    assert job.graph["7"]["inputs"]["text"] == "fog"
    assert (job.graph["3"]["inputs"]["seed"], job.graph["3"]["inputs"]["steps"]) == (7, 8)
    assert job.graph["3"]["inputs"]["cfg"] == 7.0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("bad-key", Misconfigured),
        ("no-outputs", Misconfigured),
        ("missing-node", Misconfigured),
        ("bad-value", Rejected),
        ("busy", Busy),
    ],
)
def test_a_refusal_says_what_to_do(calls: CustomCalls, fault: str, kind: type[ProviderError]) -> None:
    error = refusal_in(calls.submit(fault))
    assert (type(error).code, error.not_accepted) == (kind.code, True)


def test_a_misfit_names_the_node_and_its_input(calls: CustomCalls) -> None:
    text = refusal_in(calls.submit("bad-value")).vendor_text
    assert "5.inputs.width (EmptyLatentImage): Value 99999 bigger than max of 16384" in text


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("server-error", OutcomeUnknown),
        ("bad-gateway", OutcomeUnknown),
        ("hang-up", OutcomeUnknown),
        ("page", BrokenContract),
        ("broken-contract", BrokenContract),
    ],
)
def test_what_leaves_the_outcome_open_is_not_asked_for_again(
    calls: CustomCalls, fault: str, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind) as caught:
        calls.submit(fault)
    assert caught.value.not_accepted is False


def found(calls: CustomCalls) -> list[str]:
    """What the queue, and then the history, know of the attempt."""
    request = calls.request()
    looks = [calls.adapter.build_find(request), calls.adapter.build_find_ended(request)]
    return [calls.adapter.parse_found(calls.send(look), request) for look in looks if look is not None]


@pytest.mark.parametrize("takes_ids", [True, False])
@pytest.mark.parametrize("fault", ["dropped", "cut"])
def test_a_lost_answer_is_found_in_the_queue_and_in_the_history(takes_ids: bool, fault: str) -> None:
    with Server(takes_ids=takes_ids) as server:
        calls = CustomCalls(KIND, server)
        with pytest.raises(OutcomeUnknown):
            calls.submit(fault)
        [job_id] = server.jobs
        assert (job_id == calls.request().attempt_id) is takes_ids
        assert found(calls) == [job_id, ""]
        assert ended(calls, job_id)[0].state is RemoteState.SUCCEEDED
        assert found(calls) == ["", job_id]
        assert server.violations == []


def test_what_never_arrived_is_not_found(calls: CustomCalls) -> None:
    accepted(calls, attempt_id="11111111-8f43-4c5a-9d6a-1d2f3a4b5c6d")
    assert found(calls) == ["", ""]


@pytest.mark.parametrize(
    ("fault", "state", "kind"),
    [
        ("failed", RemoteState.FAILED, GenerationFailed),
        ("out-of-memory", RemoteState.FAILED, MemoryExhausted),
        ("interrupted", RemoteState.CANCELED, type(None)),
        ("strange-word", RemoteState.SUCCEEDED, type(None)),
    ],
)
def test_how_a_job_ends_is_told(calls: CustomCalls, fault: str, state: RemoteState, kind: type[Any]) -> None:
    progress, _ = ended(calls, accepted(calls, fault))
    assert (progress.state, type(progress.error)) == (state, kind)


def test_the_nodes_own_words_are_kept_for_operators(calls: CustomCalls) -> None:
    error = ended(calls, accepted(calls, "failed"))[0].error
    assert (error.vendor_code, error.vendor_text[:25]) == ("RuntimeError", "3 (KSampler): mat1 and ma")


@pytest.mark.parametrize("fault", ["stuck", "forgotten"])
def test_what_has_not_ended_is_running(calls: CustomCalls, fault: str) -> None:
    job_id = accepted(calls, fault)
    assert {asked(calls, job_id)[0].state for _ in range(4)} == {RemoteState.RUNNING}


@pytest.mark.parametrize("fault", ["poll-error", "poll-cut"])
def test_a_poll_in_trouble_is_made_again(calls: CustomCalls, fault: str) -> None:
    job_id = accepted(calls, fault)
    for _ in range(2):
        with pytest.raises(Unreachable):
            asked(calls, job_id)
    assert ended(calls, job_id)[0].state is RemoteState.SUCCEEDED


@pytest.mark.parametrize("fault", ["cached", "lost-output"])
def test_an_output_that_is_not_there_is_lost(calls: CustomCalls, tmp_path: Path, fault: str) -> None:
    _, answer = ended(calls, accepted(calls, fault))
    with pytest.raises(OutputLost):
        picture_of(calls, answer, tmp_path)


def test_a_running_job_is_interrupted_by_its_name(calls: CustomCalls, server: Server) -> None:
    job_id = accepted(calls)
    cancel = calls.adapter.build_cancel(job_id)
    assert cancel is not None
    answer = calls.send(cancel)
    # Whether it was running at all shows in the history.
    assert calls.adapter.parse_canceled(answer) is False
    assert server.received[-1].json() == {"prompt_id": job_id}
    assert ended(calls, job_id)[0].state is RemoteState.CANCELED


def test_pictures_are_uploaded_apart_and_again_without_harm(calls: CustomCalls, server: Server, tmp_path: Path) -> None:
    mask = Image.new("L", (256, 128), 0)
    mask.paste(255, (0, 0, 128, 128))
    content = io.BytesIO()
    mask.convert("RGB").save(content, "PNG")
    inputs = (media(tmp_path, "image"), media(tmp_path, "mask", content=content.getvalue()))
    wiring = {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS}
    asked_for: dict[str, Any] = {"operation": "inpaint", "inputs": inputs, "wiring": wiring, "strength": 0.6}
    for preparation in calls.adapter.build_preparations(calls.request(**asked_for)):
        calls.adapter.read_prepared(calls.send(preparation))
    job_id = accepted(calls, **asked_for)
    assert set(server.uploads) == {f"gencraft/{job_id}/{name}.png" for name in ("image", "mask")}
    _, answer = ended(calls, job_id)
    made, given = picture_of(calls, answer, tmp_path), Image.open(inputs[0].path).convert("RGB")
    assert made.getpixel((200, 64)) == given.getpixel((200, 64))
    assert made.getpixel((60, 64)) != given.getpixel((60, 64))


def test_an_upload_that_is_refused_ends_the_attempt_before_it_costs(server: Server, tmp_path: Path) -> None:
    calls = CustomCalls(KIND, server, key="wrong-token")
    wiring = {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS}
    with pytest.raises(Misconfigured):
        calls.submit(operation="inpaint", inputs=(media(tmp_path, "image"),), wiring=wiring)
    assert server.jobs == {}
