"""What an operator says of a server's model: each mistake is told in a sentence, what is right has no problems."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers.adapters.comfyui import workflow_problems
from providers.kinds import AUTOMATIC1111, COMFYUI, KINDS, OPENAI_COMPATIBLE, wiring_problems
from providers.registry import ADAPTERS, adapter_for, find_kind
from tests.providers.custom_rows import (
    INPAINT_INPUTS,
    INPAINT_WORKFLOW,
    TEXT_INPUTS,
    TEXT_WORKFLOW,
    WIRINGS,
    make_custom_model,
)

TEXT = ["text-to-image"]


def problems_with(kind: str, operations: list[str] | None = None, **wiring: Any) -> list[str]:
    return wiring_problems(kind, {**WIRINGS[kind], **wiring}, operations or TEXT)


def test_every_kind_has_an_adapter_without_an_address() -> None:
    assert {kind: ADAPTERS[kind].base_url for kind in KINDS} == dict.fromkeys(KINDS, "")
    assert [ADAPTERS[kind].key for kind in KINDS] == list(KINDS)


@pytest.mark.django_db
def test_a_provider_that_an_operator_added_is_spoken_to_by_its_kind() -> None:
    model = make_custom_model(COMFYUI, "http://gpu.example:8188", provider="house")
    assert find_kind("house") is ADAPTERS[COMFYUI]
    assert find_kind("nobody") is None
    adapter = adapter_for(model)
    assert (type(adapter), adapter.model, adapter.url) == (
        ADAPTERS[COMFYUI],
        "house-model",
        "http://gpu.example:8188",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_wiring_has_no_problems(kind: str) -> None:
    assert problems_with(kind) == []


def test_what_a_kind_does_not_do_is_told() -> None:
    [problem] = problems_with(OPENAI_COMPATIBLE, ["upscale"])
    assert problem.startswith("A server of this kind does no upscale; it does: text-to-image,")
    assert wiring_problems(COMFYUI, WIRINGS[COMFYUI], []) == ["Name at least one operation."]
    [problem] = wiring_problems("midjourney", {}, TEXT)
    assert problem.startswith("There is no kind midjourney")


@pytest.mark.parametrize(
    ("kind", "wiring", "problem"),
    [
        (OPENAI_COMPATIBLE, {"model": ""}, "Say under which name the server knows the model"),
        (OPENAI_COMPATIBLE, {"extra": []}, "field extra has the wrong type"),
        (OPENAI_COMPATIBLE, {"fields": {"speed": "x"}}, "there is no speed"),
        (OPENAI_COMPATIBLE, {"fields": {"seed": 1}}, "each names the server's own field"),
        (OPENAI_COMPATIBLE, {"maskEdits": "black"}, "maskEdits is transparent or white"),
        (OPENAI_COMPATIBLE, {"triggerWords": [""]}, "Trigger words are a list of texts"),
        (AUTOMATIC1111, {"lora": "x"}, "The wiring has no field lora"),
        (AUTOMATIC1111, {"loras": [{"name": "a:b"}]}, "a name without <, > and :"),
        (AUTOMATIC1111, {"loras": ["house"]}, "Each LoRA has a name"),
        (AUTOMATIC1111, {"loras": [{"name": "a", "weight": "1"}]}, "The weight of the LoRA a is a number"),
        (AUTOMATIC1111, {"loras": [{"name": "a", "weight": 99}]}, "from -10 to 10"),
        (AUTOMATIC1111, {"steps": True}, "field steps has the wrong type"),
        (COMFYUI, {"output": "99"}, "The workflow has no node 99"),
    ],
)
def test_a_mistake_in_the_wiring_is_told(kind: str, wiring: Mapping[str, Any], problem: str) -> None:
    assert any(problem in told for told in problems_with(kind, **wiring))


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({"prompt": "99.inputs.text"}, "prompt: the workflow has no node 99."),
        ({"prompt": "6.inputs.words"}, "prompt: node 6 (CLIPTextEncode) has no input words; it has: clip, text."),
        ({"prompt": "6.text"}, "prompt: 6.text is no path; write it as node.inputs.field"),
        ({"prompt": "6.outputs.text"}, "prompt: 6.outputs.text is no path"),
        ({"prompt": 6}, "prompt: 6 is no path"),
        ({"prompt": ["6.inputs.text", "8.inputs.text"]}, "prompt: node 8 (VAEDecode) has no input text"),
        ({"prompt": "6.inputs.clip"}, "prompt: input clip of node 6 comes from another node"),
        ({"mood": "6.inputs.text"}, "There is no input mood; there are: prompt,"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(inputs: Mapping[str, Any], problem: str) -> None:
    [told] = workflow_problems({"workflow": TEXT_WORKFLOW, "inputs": inputs})
    assert told.startswith(problem)


def test_a_workflow_in_another_form_is_told() -> None:
    nothing: list[Any] = [None, {}, [], "x"]
    for workflow in nothing:
        [problem] = workflow_problems({"workflow": workflow, "inputs": TEXT_INPUTS})
        assert problem.startswith("The workflow is missing")
    [problem] = workflow_problems({"workflow": {"nodes": [], "links": []}, "inputs": TEXT_INPUTS})
    assert problem.startswith("The workflow is in the editor's format")
    [problem] = workflow_problems({"workflow": {"1": {"inputs": {}}}, "inputs": TEXT_INPUTS})
    assert problem == "Node 1 of the workflow has no class_type and inputs."
    [problem] = workflow_problems({"workflow": TEXT_WORKFLOW})
    assert problem.startswith("The inputs are missing")


def test_operations_on_pictures_need_a_place_for_them() -> None:
    text_only = {"workflow": TEXT_WORKFLOW, "inputs": TEXT_INPUTS}
    told = wiring_problems(COMFYUI, text_only, ["inpaint", "upscale"])
    assert [problem.rpartition(" ")[2] for problem in told] == ["inputs.image.", "inputs.mask.", "factor."]
    wired = {"workflow": INPAINT_WORKFLOW, "inputs": INPAINT_INPUTS}
    assert wiring_problems(COMFYUI, wired, ["inpaint"]) == []
    assert wiring_problems(COMFYUI, {**wired, "factor": 4}, ["inpaint", "upscale"]) == []
    wordless = {"workflow": TEXT_WORKFLOW, "inputs": {"seed": "3.inputs.seed"}}
    assert wiring_problems(COMFYUI, wordless, TEXT) == ["Say where the prompt goes: inputs.prompt."]
