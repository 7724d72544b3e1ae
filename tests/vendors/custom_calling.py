"""Calling the servers of an operator's own as the engine does: one adapter, one transport, one account."""

import dataclasses
from pathlib import Path
from typing import Any

from requests.adapters import HTTPAdapter

from providers.base import ProviderAdapter
from providers.errors import ProviderError
from providers.models import Provider, ProviderAccount
from providers.registry import ADAPTERS
from providers.transport import ProviderTransport
from providers.types import Finished, GenerationRequest, HttpAnswer, HttpRequest, InputMedia, RemoteOutput, Submitted
from tests.providers.samples import SAMPLES
from tests.vendors.pictures import picture
from tests.vendors.serving import VendorServer

Size = tuple[int, int]


class CustomCalls:
    """One running server, and what asks it: by default for the picture of the contract suite's samples."""

    def __init__(self, kind: str, server: VendorServer, *, key: str = "") -> None:
        self.kind, self.server = kind, server
        self.transport = ProviderTransport({f"http://127.0.0.1:{server.port}/": HTTPAdapter()})
        self.account = ProviderAccount(provider=Provider(key="house", kind=kind), api_key=key)

    @property
    def adapter(self) -> ProviderAdapter:
        """The adapter at the server's address."""
        return ADAPTERS[self.kind]("house-model", self.server.url)

    def request(self, fault: str = "", **changes: Any) -> GenerationRequest:
        """What is asked, a small picture unless `changes` say otherwise."""
        small = {"width": 256, "height": 128, "count": 1}
        asked = dataclasses.replace(SAMPLES[self.kind].request, **{**small, **changes})
        return dataclasses.replace(asked, prompt=f"{asked.prompt} [fault:{fault}]") if fault else asked

    def send(self, request: HttpRequest, *, paid: bool = False) -> HttpAnswer:
        """One exchange, without much patience."""
        quick = dataclasses.replace(request, read_timeout_s=5.0)
        return self.transport.send(self.adapter, quick, account=self.account, paid=paid)

    def submit(self, fault: str = "", **changes: Any) -> Submitted:
        """Upload what is to be uploaded, send one paid request and read its answer."""
        request = self.request(fault, **changes)
        for preparation in self.adapter.build_preparations(request):
            self.adapter.read_prepared(self.send(preparation))
        return self.adapter.parse_submitted(self.send(self.adapter.build_submit(request), paid=True))

    def fetched(self, output: RemoteOutput, folder: Path) -> bytes:
        """An output's file."""
        self.transport.fetch_output(self.adapter, output, folder / "output", account=self.account)
        return (folder / "output").read_bytes()


def outputs_of(answer: Submitted) -> tuple[RemoteOutput, ...]:
    """The outputs of an answer that has them."""
    assert isinstance(answer, Finished), answer
    return answer.outputs


def refusal_in(answer: Any) -> ProviderError:
    """The error of a refusal."""
    error: ProviderError = answer.error
    return error


def media(folder: Path, role: str, size: Size = (256, 128), content: bytes = b"") -> InputMedia:
    """A picture to be sent, as a file."""
    path = folder / f"{role}.png"
    path.write_bytes(content or picture(*size, 3))
    return InputMedia(role, path, "image/png", *size)
