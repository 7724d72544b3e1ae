"""Calling OpenAI's loopback server as the engine does: one adapter, one transport, one account."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from providers.adapters.openai import OpenAiAdapter
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import GenerationRequest, Submitted
from tests.vendors.openai.server import Server

PLAIN = GenerationRequest(
    attempt_id="3f1f0e0e-8f43-4c5a-9d6a-1d2f3a4b5c6d",
    operation="text-to-image",
    model="gpt-image-2.5-sunburst",
    prompt="a lighthouse at dawn",
    width=1024,
    height=1024,
    quality="low",
)


class Calls:
    """One running server, and what asks it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.transport = ProviderTransport({f"{server.url}/": HTTPAdapter()})

    def submit(
        self,
        fault: str = "",
        *,
        api_key: str = "sk-loopback",
        organization: str = "",
        read_timeout_s: float = 20.0,
        **changes: Any,
    ) -> Submitted:
        """Send one paid request and read its answer. Raises what transport and adapter raise."""
        request = dataclasses.replace(PLAIN, **changes)
        if fault:
            request = dataclasses.replace(request, prompt=f"{request.prompt} [fault:{fault}]")
        adapter = OpenAiAdapter(request.model, self.server.url)
        account = ProviderAccount(provider=Provider(key="openai"), api_key=api_key, organization=organization)
        built = dataclasses.replace(adapter.build_submit(request), read_timeout_s=read_timeout_s)
        return adapter.parse_submitted(self.transport.send(adapter, built, account=account, paid=True))

    def stream(self, prompt: str = PLAIN.prompt, *, partial_images: int = 2, **changes: Any) -> Iterator[bytes]:
        """The chunks of a streamed answer. Raises `requests.RequestException` where the line breaks."""
        asked = dataclasses.replace(PLAIN, prompt=prompt, options={"partialImages": partial_images}, **changes)
        built = OpenAiAdapter(asked.model, self.server.url).build_submit(asked)
        parts: list[tuple[str, tuple[Any, ...]]] = [(name, (None, text)) for name, text in (built.form or {}).items()]
        parts += [
            (name, (media.path.name, media.path.read_bytes(), media.mime_type)) for name, media in built.files or ()
        ]
        with requests.post(
            built.url,
            json=built.json,
            files=parts or None,
            headers={"Authorization": "Bearer sk-loopback"},
            stream=True,
            timeout=20,
        ) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield from answer.iter_content(997)


@contextmanager
def calls_to_openai() -> Iterator[Calls]:
    """A server of its own for a block."""
    with Server() as server:
        yield Calls(server)
