"""What the contract suite needs to know of each provider's wire format: one set of payloads an adapter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.registry import ADAPTERS
from providers.types import GenerationRequest
from tests.providers.payloads import (
    automatic1111,
    comfyui,
    flux,
    openai,
    openai_compatible,
    resample,
    sim,
    stability,
)


@dataclass(frozen=True)
class PollSamples:
    """Answers to polls; absent for a provider that answers at once."""

    running: Any
    unknown_word: Any
    succeeded: Any
    failed: Any
    # Some vendors tell a failure of the job by the status of the answer.
    failed_status: int = 200


@dataclass(frozen=True)
class Samples:
    """One provider's payloads. `finished` or `accepted` (or both) say how it answers a paid request."""

    model: str
    request: GenerationRequest
    accepted: Any = None
    finished: Any = None
    accepted_status: int = 200
    polls: PollSamples | None = None
    # Vendor code of an error answer -> the name of our class it must become.
    codes: Mapping[str, str] = field(default_factory=dict)
    # Makes the body of an error answer with a vendor code and text.
    error_body: Any = None
    # Makes a request for each operation on pictures, the pictures in a folder.
    edits: Callable[[Path], Mapping[str, GenerationRequest]] | None = None
    # Where the server is: kinds of operators' own have no usual address.
    base_url: str = ""


HERE = "http://gpu.example:7860"

SAMPLES: dict[str, Samples] = {
    "automatic1111": Samples(
        model="house-model", request=automatic1111.REQUEST, finished=automatic1111.FINISHED, base_url=HERE
    ),
    "comfyui": Samples(
        model="house-model",
        request=comfyui.REQUEST,
        accepted=comfyui.ACCEPTED,
        polls=PollSamples(comfyui.RUNNING, comfyui.UNKNOWN_WORD, comfyui.SUCCEEDED, comfyui.FAILED),
        codes=comfyui.CODES,
        error_body=comfyui.error_body,
        base_url=HERE,
    ),
    "flux": Samples(
        model="flux-2-pro",
        request=flux.REQUEST,
        accepted=flux.ACCEPTED,
        polls=PollSamples(flux.RUNNING, flux.UNKNOWN_WORD, flux.SUCCEEDED, flux.FAILED),
    ),
    "openai": Samples(
        model="gpt-image-2.5-sunburst",
        request=openai.REQUEST,
        finished=openai.FINISHED,
        codes=openai.CODES,
        error_body=openai.error_body,
    ),
    "openai-compatible": Samples(
        model="house-model",
        request=openai_compatible.REQUEST,
        finished=openai_compatible.FINISHED,
        codes=openai_compatible.CODES,
        error_body=openai_compatible.error_body,
        base_url=HERE,
    ),
    "resample": Samples(
        model="resample/lanczos",
        request=resample.REQUEST,
        finished=resample.FINISHED,
        codes=resample.CODES,
        error_body=resample.error_body,
    ),
    "sim": Samples(
        model="sim/standard",
        request=sim.REQUEST,
        accepted=sim.ACCEPTED,
        finished=sim.FINISHED,
        accepted_status=202,
        polls=PollSamples(sim.RUNNING, sim.UNKNOWN_WORD, sim.SUCCEEDED, sim.FAILED),
        edits=sim.edits,
        codes=sim.CODES,
        error_body=sim.error_body,
    ),
    "stability": Samples(
        model="sd-3.5-large",
        request=stability.REQUEST,
        finished=stability.FINISHED,
        polls=PollSamples(
            stability.RUNNING,
            stability.UNKNOWN_WORD,
            stability.SUCCEEDED,
            stability.error_body("content_moderation", "the result was flagged"),
            failed_status=403,
        ),
        codes=stability.CODES,
        error_body=stability.error_body,
    ),
}

ALL = sorted(ADAPTERS)
POLLED = [key for key in ALL if key in SAMPLES and SAMPLES[key].polls is not None]
EDITING = [key for key in ALL if key in SAMPLES and SAMPLES[key].edits is not None]
