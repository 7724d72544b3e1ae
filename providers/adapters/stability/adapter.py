"""The adapter of Stability AI: v2beta's Stable Image services, v1 for SDXL 1.0 (OpenAPI copies of 2026-07, 2023-08)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from providers.adapters.stability.answers import (
    errors_in,
    is_in_work,
    is_picture,
    job_in,
    output_in_body,
    outputs_in_document,
)
from providers.adapters.stability.engines import ENGINES, engine_request
from providers.adapters.stability.forms import form_request
from providers.adapters.stability.refusals import (
    CreditExhausted,
    KeyRefused,
    LanguageRefused,
    ModelNotOffered,
    PersonRefused,
    RequestTooLarge,
)
from providers.adapters.stability.services import services_of
from providers.base import ProviderAdapter
from providers.errors import Busy, Moderated, OptionUnsupported, OutputLost, ProviderError, Rejected, Unreachable
from providers.types import (
    Accepted,
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

_IN_WORK, _LOST = 202, 404


class StabilityAdapter(ProviderAdapter):
    """Speaks to Stability AI. Nearly every answer holds its pictures, so one that is lost cannot be found again.

    The creative upscaler alone answers with the id of a job, whose result the vendor keeps for a day.
    """

    key = "stability"
    label = "Stability AI"
    base_url = "https://api.stability.ai"
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        "unauthorized": KeyRefused,
        "payment_required": CreditExhausted,
        "permission_denied": ModelNotOffered,
        "not_found": ModelNotOffered,
        "content_moderation": Moderated,
        # v1's name for a prompt with filtered words.
        "invalid_prompts": Moderated,
        "invalid_language": LanguageRefused,
        "public_figure": PersonRefused,
        "payload_too_large": RequestTooLarge,
        413: RequestTooLarge,
        "rate_limit_exceeded": Busy,
    }
    # The vendor wants no one to ask sooner.
    poll_every_s = 10.0
    submit_timeout_s = 150.0
    # More than 150 requests in 10 s: shut out for a minute.
    lockout_s = 60.0

    def __init__(self, model: str, base_url: str = "") -> None:
        super().__init__(model, base_url)
        self.engine = ENGINES.get(model, "")
        self.services = services_of(model)

    # --- build -----------------------------------------------------------------------------------

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        if self.engine:
            return engine_request(self.url, self.engine, request, self.submit_timeout_s)
        service = self.services.get(request.operation)
        if service is None:
            raise OptionUnsupported(f"This model does not do {request.operation}.")
        return form_request(f"{self.url}/v2beta/stable-image/{service.path}", service, request, self.submit_timeout_s)

    def build_poll(self, provider_job_id: str, poll_url: str = "") -> HttpRequest:
        address = f"{self.url}/v2beta/results/{quote(provider_job_id, safe='')}"
        return HttpRequest("GET", address, headers={"Accept": "image/*"}, read_timeout_s=60.0)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        scope = {"Organization": organization} if self.engine and organization else {}
        return {**super().credentials(api_key, organization), **scope}

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        # Not a job's: there is none. The vendor's support finds a call by it.
        request_id = answer.headers.get("x-request-id", "")[:255]
        if is_picture(answer):
            return Finished((output_in_body(answer),), request_id)
        with self.reading(answer) as document:
            if any(service.answers_later for service in self.services.values()):
                return Accepted(job_in(document), poll_after_s=self.poll_every_s)
            return Finished(outputs_in_document(document), request_id)

    def parse_progress(self, answer: HttpAnswer) -> Progress:
        if failure := self._failure_in(answer):
            return Progress(RemoteState.FAILED, error=failure)
        if answer.status != _IN_WORK and (is_picture(answer) or self._holds_result(answer)):
            return Progress(RemoteState.SUCCEEDED, fraction=1.0)
        return Progress(RemoteState.RUNNING, poll_after_s=self.poll_every_s)

    def parse_outputs(self, answer: HttpAnswer) -> Sequence[RemoteOutput]:
        if failure := self._failure_in(answer):
            raise failure
        if is_picture(answer):
            return (output_in_body(answer),)
        with self.reading(answer) as document:
            return outputs_in_document(document)

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        return errors_in(answer)

    def _holds_result(self, answer: HttpAnswer) -> bool:
        with self.reading(answer) as document:
            return not is_in_work(document)

    def _failure_in(self, answer: HttpAnswer) -> ProviderError | None:
        """Why a job failed, None while it has not. Raises what says nothing about the job."""
        if answer.status == _LOST:
            # Unknown, another key's, or older than the day for which results are kept.
            raise OutputLost(vendor_code=str(_LOST), vendor_text=errors_in(answer)[1])
        refusal = self.refusal_in(answer)
        if refusal is None or isinstance(refusal, (Moderated, Rejected)):
            return refusal
        if isinstance(refusal, Unreachable) and refusal.retry_after_s is None:
            refusal.retry_after_s = self.poll_every_s
        raise refusal
