"""Calling Stability's loopback server as the engine does: one adapter, one transport, one account."""

import dataclasses
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PIL import Image
from requests.adapters import HTTPAdapter

from providers.adapters.stability.adapter import StabilityAdapter
from providers.errors import ProviderError
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import (
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Progress,
    Refused,
    RemoteOutput,
    RemoteState,
    Submitted,
)
from tests.vendors.stability.server import Server

PLAIN = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="sd-3.5-large",
    prompt="a lighthouse at dawn",
    width=1024,
    height=1024,
)
ENGINE = "sd-xl-1.0"
LATER = "stable-image-upscale-creative"


class Calls:
    """One running server, and what asks it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.transport = ProviderTransport({f"{server.url}/": HTTPAdapter()})

    def submit(self, fault: str = "", *, read_timeout_s: float = 20.0, **changes: Any) -> Submitted:
        """Send one paid request and read its answer. Raises what transport and adapter raise."""
        request = dataclasses.replace(PLAIN, **changes)
        if fault and request.prompt:
            request = dataclasses.replace(request, prompt=f"{request.prompt} [fault:{fault}]")
        elif fault:
            self.server.script(fault)
        adapter = StabilityAdapter(request.model, self.server.url)
        built = dataclasses.replace(adapter.build_submit(request), read_timeout_s=read_timeout_s)
        return adapter.parse_submitted(self.send(built, adapter))

    def ask(self, job_id: str, *, api_key: str = "sk-loopback") -> tuple[Progress, Sequence[RemoteOutput]]:
        """Ask once how a job is doing; with its outputs where it is done."""
        adapter = StabilityAdapter(LATER, self.server.url)
        answer = self.send(adapter.build_poll(job_id), adapter, api_key=api_key, paid=False)
        progress = adapter.parse_progress(answer)
        return progress, adapter.parse_outputs(answer) if progress.state is RemoteState.SUCCEEDED else ()

    def send(
        self,
        built: HttpRequest,
        adapter: StabilityAdapter | None = None,
        *,
        api_key: str = "sk-loopback",
        paid: bool = True,
    ) -> HttpAnswer:
        """Send one request as it is."""
        adapter = adapter or StabilityAdapter(PLAIN.model, self.server.url)
        account = ProviderAccount(provider=Provider(key="stability"), api_key=api_key)
        return self.transport.send(adapter, built, account=account, paid=paid)


@contextmanager
def calls_to_stability() -> Iterator[Calls]:
    """A server of its own for a block."""
    with Server() as server:
        yield Calls(server)


def outputs_of(outcome: object) -> tuple[RemoteOutput, ...]:
    """The outputs of an answer that holds them."""
    assert isinstance(outcome, Finished)
    return outcome.outputs


def refused(outcome: object) -> ProviderError:
    """The error of a refusal."""
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, ProviderError)
    return outcome.error


def size_of(output: RemoteOutput) -> tuple[int, int]:
    """The pixels of a picture that can be decoded. Raises OSError for half of one."""
    return pictured(output).size


def pictured(output: RemoteOutput) -> Image.Image:
    """The picture, decoded. Raises OSError for half of one."""
    assert output.content is not None
    with Image.open(io.BytesIO(output.content)) as image:
        image.load()
        return image
