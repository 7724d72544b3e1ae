"""The adapter of OpenAI's image models: one request, one answer. API reference and OpenAPI document of 2026-08-21."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from providers.base import ProviderAdapter
from providers.base64_pictures import decoded_picture
from providers.errors import (
    BrokenContract,
    Busy,
    Moderated,
    OptionUnsupported,
    OutcomeUnknown,
    ProviderError,
)
from providers.event_streams import StreamEvent, events_in
from providers.openai.errors import CreditExhausted, KeyRefused, ModelNotOffered, OrganizationUnverified
from providers.openai.paid_requests import EDITS, drawing, edit
from providers.openai.prices import confirmed_cost
from providers.operations import Operation
from providers.types import (
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Partial,
    Refused,
    RemoteOutput,
    Submitted,
)

_PNG = "image/png"
_PARTIAL = {"image_generation.partial_image", "image_edit.partial_image"}
_COMPLETED = {"image_generation.completed", "image_edit.completed"}
# Our own word: the vendor gives its refusal of an unverified organisation no code, only a text.
_UNVERIFIED = "organization_unverified"


class OpenAiAdapter(ProviderAdapter):
    """Speaks to the Images API of api.openai.com, or of the address that the account names."""

    key = "openai"
    label = "OpenAI"
    base_url = "https://api.openai.com/v1"
    # No idempotency key, no list of requests, no callback: a lost answer stays lost.
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        "moderation_blocked": Moderated,
        "content_policy_violation": Moderated,
        "insufficient_quota": CreditExhausted,
        "billing_hard_limit_reached": CreditExhausted,
        "billing_not_active": CreditExhausted,
        "invalid_api_key": KeyRefused,
        "model_not_found": ModelNotOffered,
        "rate_limit_exceeded": Busy,
        _UNVERIFIED: OrganizationUnverified,
    }
    # Large pictures of the best quality take minutes, and an answer that is not awaited is paid for all the same.
    submit_timeout_s = 300.0

    # --- build -----------------------------------------------------------------------------------

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        if request.operation == Operation.TEXT_TO_IMAGE:
            return drawing(request, self.model, self.url, read_timeout_s=self.submit_timeout_s)
        if request.operation in EDITS:
            return edit(request, self.model, self.url, read_timeout_s=self.submit_timeout_s)
        raise OptionUnsupported(f"{self.label} has no {request.operation}.")

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        headers = dict(super().credentials(api_key, organization))
        if organization:
            headers["OpenAI-Organization"] = organization
        return headers

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            return Finished(
                tuple(self._output(index, entry) for index, entry in enumerate(document["data"])),
                # There is no job to ask about; this is what the vendor's support finds the request by.
                provider_job_id=answer.headers.get("x-request-id", "")[:255],
                cost=confirmed_cost(self.model, document.get("usage")),
            )

    def parse_stream(self, chunks: Iterable[bytes]) -> Iterator[Partial | Finished | Refused]:
        for event in events_in(chunks):
            told = self._told_by(event)
            if told is not None:
                yield told
            if isinstance(told, Finished | Refused):
                return

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        code, text = super().vendor_error(answer)
        if answer.status == 403 and not code and "must be verified" in text:
            return _UNVERIFIED, text
        return code, text

    def _told_by(self, event: StreamEvent) -> Partial | Finished | Refused | None:
        """What an event says; None for one without meaning here."""
        if not event.data:
            return None
        answer = HttpAnswer(200, {}, event.data)
        with self.reading(answer) as document:
            kind = document.get("type") or event.name
            if kind == "error" or "error" in document:
                return Refused(self._error_in(answer))
            if kind in _PARTIAL:
                content = decoded_picture(document["b64_json"])
                # A spoilt preview is no reason to lose the picture.
                return None if content is None else Partial(int(document["partial_image_index"]), content)
            if kind in _COMPLETED:
                cost = confirmed_cost(self.model, document.get("usage"))
                return Finished((self._output(0, document),), cost=cost)
        return None

    def _error_in(self, answer: HttpAnswer) -> ProviderError:
        """The error in an event, by its code: there is no status. Raises `OutcomeUnknown` for one of the server."""
        code, text = self.vendor_error(answer)
        kind = self.ERRORS.get(code)
        if kind is None:
            raise OutcomeUnknown(vendor_code=code, vendor_text=text)
        return kind(vendor_code=code, vendor_text=text)

    def _output(self, index: int, entry: Any) -> RemoteOutput:
        content = decoded_picture(entry["b64_json"])
        if content is None:
            return RemoteOutput(index, error=BrokenContract("An output of the answer is not base64."))
        return RemoteOutput(index, content=content, mime_type=_PNG)
