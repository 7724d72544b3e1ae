"""Which of a workflow's files count as its pictures, and what its entry in the history may lack."""

import json
from typing import Any

import pytest

from providers.adapters.comfyui import ComfyUiAdapter
from providers.errors import OptionUnsupported, OutputLost
from providers.types import GenerationRequest, HttpAnswer, RemoteState
from tests.providers.custom_rows import TEXT_INPUTS, TEXT_WORKFLOW
from tests.providers.payloads.comfyui import JOB_ID, REQUEST, image, told

ADAPTER = ComfyUiAdapter("house-model", "http://gpu.example:8188")


def files_in(document: Any) -> list[str]:
    """The addresses of the outputs, without what they share."""
    outputs = ADAPTER.parse_outputs(HttpAnswer(200, {}, json.dumps(document).encode()))
    return [output.url.removeprefix("http://gpu.example:8188/view?") for output in outputs]


def test_only_the_named_nodes_pictures_count() -> None:
    document = told("success", **{"12": {"images": [image("draft.png")]}, "9": {"images": [image("one.png")]}})
    assert files_in(document) == ["filename=one.png&subfolder=&type=output"]


def test_without_a_named_node_all_that_is_saved_counts() -> None:
    document = told("success", **{"12": {"images": [image("a.png")]}, "9": {"images": [image("b.png", "temp")]}})
    document[JOB_ID]["prompt"][3] = {}
    assert files_in(document) == ["filename=a.png&subfolder=&type=output"]


def test_previews_count_where_nothing_is_saved() -> None:
    document = told("success", **{"9": {"images": [image("a.png", "temp")], "text": ["said"]}})
    assert files_in(document) == ["filename=a.png&subfolder=&type=temp"]


def test_a_name_that_leads_elsewhere_stays_a_name() -> None:
    document = told("success", **{"9": {"images": [image("../a b&type=input.png", subfolder="x/y")]}})
    assert files_in(document) == ["filename=..%2Fa+b%26type%3Dinput.png&subfolder=x%2Fy&type=output"]


def test_an_end_without_pictures_is_a_lost_output() -> None:
    with pytest.raises(OutputLost):
        files_in(told("success", **{"9": {"gifs": [image("a.mp4")]}}))


def test_an_old_servers_entry_without_a_status_has_ended_well() -> None:
    document = told("success", **{"9": {"images": [image("a.png")]}})
    del document[JOB_ID]["status"]
    answer = HttpAnswer(200, {}, json.dumps(document).encode())
    assert ADAPTER.parse_progress(answer).state is RemoteState.SUCCEEDED


def test_a_path_that_was_lost_from_the_workflow_sends_nothing() -> None:
    broken = {number: node for number, node in TEXT_WORKFLOW.items() if number != "6"}
    request = GenerationRequest(JOB_ID, "text-to-image", "m", "x", wiring={"workflow": broken, "inputs": TEXT_INPUTS})
    with pytest.raises(OptionUnsupported, match="no node 6"):
        ADAPTER.build_submit(request)


def test_the_operators_workflow_is_left_as_it_is() -> None:
    before = json.dumps(TEXT_WORKFLOW)
    ADAPTER.build_submit(REQUEST)
    assert json.dumps(TEXT_WORKFLOW) == before
