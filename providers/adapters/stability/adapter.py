"""The adapter of Stability AI: v2beta's Stable Image services, v1 for SDXL 1.0 (OpenAPI copies of 2026-07, 2023-08)."""

from collections.abc import Mapping
from typing import ClassVar

from providers.adapters.stability.answers import errors_in, output_in_body, outputs_in_document
from providers.adapters.stability.paid_requests import engine_request, service_request
from providers.adapters.stability.refusals import (
    CreditExhausted,
    KeyRefused,
    LanguageRefused,
    ModelNotOffered,
    PersonRefused,
    RequestTooLarge,
)
from providers.base import ProviderAdapter
from providers.errors import Busy, Moderated, OptionUnsupported, ProviderError
from providers.types import Finished, GenerationRequest, HttpAnswer, HttpRequest, Refused, Submitted

# Catalogue name -> the service of v2beta, and the model it is asked for where it has several.
_SERVICES = {
    "stable-image-core": ("core", ""),
    "stable-image-ultra": ("ultra", ""),
    "sd-3.5-large": ("sd3", "sd3.5-large"),
    "sd-3.5-turbo": ("sd3", "sd3.5-large-turbo"),
    "sd-3.5-medium": ("sd3", "sd3.5-medium"),
    "sd-3.5-flash": ("sd3", "sd3.5-flash"),
    # The vendor has served the old name with the new model since 2025-04-17.
    "sd-3.0": ("sd3", "sd3.5-large"),
}
# Catalogue name -> the engine of v1.
_ENGINES = {"sd-xl-1.0": "stable-diffusion-xl-1024-v1-0"}


class StabilityAdapter(ProviderAdapter):
    """Speaks to Stability AI. Every answer holds its pictures, so one that is lost cannot be found again."""

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
    submit_timeout_s = 150.0
    # More than 150 requests in 10 s: shut out for a minute.
    lockout_s = 60.0

    def __init__(self, model: str, base_url: str = "") -> None:
        super().__init__(model, base_url)
        self.engine = _ENGINES.get(model, "")
        # A name an operator added to the catalogue is taken for one of the sd3 service's models.
        self.service, self.wire_model = _SERVICES.get(model, ("sd3", model))

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        if request.operation != "text-to-image":
            raise OptionUnsupported(f"Stability AI is asked for text-to-image only, not for {request.operation}.")
        if self.engine:
            address = f"{self.url}/v1/generation/{self.engine}/text-to-image"
            return engine_request(address, request, self.submit_timeout_s)
        if request.count != 1:
            raise OptionUnsupported("This model makes one picture a call.")
        address = f"{self.url}/v2beta/stable-image/generate/{self.service}"
        return service_request(address, request, self.submit_timeout_s, model=self.wire_model)

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        # Not a job's: there is none. The vendor's support finds a call by it.
        request_id = answer.headers.get("x-request-id", "")[:255]
        if answer.headers.get("content-type", "").startswith("image/"):
            return Finished((output_in_body(answer),), request_id)
        with self.reading(answer) as document:
            return Finished(outputs_in_document(document), request_id)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        scope = {"Organization": organization} if self.engine and organization else {}
        return {**super().credentials(api_key, organization), **scope}

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        return errors_in(answer)
