"""The adapter of `resample`, which gives a picture back as it came: the engine enlarges it when it is delivered.

Its wire format: POST /v1/upscales, multipart, the picture in the part `image`; the answer is that picture (2026-11-22).
"""

from collections.abc import Mapping
from typing import ClassVar

from providers.base import ProviderAdapter
from providers.errors import BrokenContract, OptionUnsupported, ProviderError, Rejected
from providers.types import (
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    InputRole,
    Recovery,
    Refused,
    RemoteOutput,
    Submitted,
)

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class ResampleAdapter(ProviderAdapter):
    """Speaks to the provider that costs nothing and draws nothing."""

    key = "resample"
    label = "Resampling"
    base_url = "https://resample.invalid/v1"
    recovery = Recovery.IDEMPOTENT
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {"malformed": Rejected}
    submit_timeout_s = 60.0

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        images = request.of_role(InputRole.IMAGE)
        if len(images) != 1:
            raise OptionUnsupported("Exactly one picture is enlarged at a time.")
        return HttpRequest(
            "POST",
            f"{self.url}/upscales",
            files=[("image", images[0])],
            headers={"Idempotency-Key": request.attempt_id},
            read_timeout_s=self.submit_timeout_s,
        )

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        mime_type = next((kind for start, kind in _SIGNATURES.items() if answer.body.startswith(start)), None)
        if mime_type is None:
            raise BrokenContract(vendor_text=answer.text)
        return Finished((RemoteOutput(0, content=answer.body, mime_type=mime_type),))
