"""The adapter of AUTOMATIC1111's WebUI and of Forge: one long request, one answer. Sources of 2025-06 (Forge)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from providers.adapters.automatic1111.bodies import path_and_body
from providers.base import ProviderAdapter
from providers.base64_pictures import decoded_picture
from providers.errors import BrokenContract, Misconfigured, ProviderError, Rejected
from providers.self_hosted import GenerationFailed, MemoryExhausted, server_credentials, tells_of_memory
from providers.types import (
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Refused,
    RemoteOutput,
    Submitted,
)

# Words of our own: the server's are names of Python classes, and sentences.
_MEMORY, _EXCEPTION, _LACKING, _NO_API = "out_of_memory", "exception", "not_installed", "api_not_started"


class Automatic1111Adapter(ProviderAdapter):
    """Speaks to the server that the account names, which has to be started with `--api`. A lost answer stays lost."""

    key = "automatic1111"
    label = "AUTOMATIC1111 / Forge"
    base_url = ""
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        _MEMORY: MemoryExhausted,
        # The program answers so when it has stopped working on the request: nothing more will come of it.
        _EXCEPTION: GenerationFailed,
        # A sampler or an upscaler that is not there, or no picture to begin with.
        _LACKING: Rejected,
        _NO_API: Misconfigured,
    }
    # The server works on one request at a time and lets the others wait with their lines open.
    submit_timeout_s = 600.0

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        path, body = path_and_body(request)
        return HttpRequest("POST", f"{self.url}/sdapi/v1/{path}", json=body, read_timeout_s=self.submit_timeout_s)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        return server_credentials(api_key)

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            if "image" in document:
                return Finished((_output(0, document["image"], None),))
            info = json.loads(document["info"])
            # A sheet of all pictures may stand before them, and maps of extensions behind.
            first = int(info.get("index_of_first_image", 0))
            seeds: Sequence[Any] = info["all_seeds"]
            pictures = document["images"][first : first + len(seeds)]
            return Finished(
                tuple(
                    _output(index, picture, seed)
                    for index, (picture, seed) in enumerate(zip(pictures, seeds, strict=False))
                )
            )

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        """`{"error": class, "detail", "body", "errors": text}`, or FastAPI's `{"detail": …}`."""
        try:
            document = answer.json()
            name, detail, text = (document.get(part) for part in ("error", "detail", "errors"))
        except (ValueError, AttributeError):
            return "", answer.text
        told = ": ".join(str(part) for part in (name, detail or text) if part)
        if name and tells_of_memory(str(name), str(text)):
            return _MEMORY, told
        if name and answer.status == 404:
            return _LACKING, told
        if answer.status == 404:
            return _NO_API, told
        return (_EXCEPTION if name and answer.status == 500 else ""), told


def _output(index: int, encoded: Any, seed: Any) -> RemoteOutput:
    content = decoded_picture(str(encoded).rpartition(",")[2])
    if content is None:
        return RemoteOutput(index, error=BrokenContract("An output of the answer is not base64."))
    return RemoteOutput(index, content=content, mime_type="image/png", seed=seed if isinstance(seed, int) else None)
