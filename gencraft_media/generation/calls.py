"""What one attempt says to its provider: the adapter, the request as a value, the transport that sends it."""

import functools
from typing import Any

from django.conf import settings

from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from providers.base import ProviderAdapter
from providers.registry import adapter_for
from providers.selectors import get_model
from providers.transport import ProviderTransport
from providers.types import GenerationRequest, Recovery


@functools.cache
def transport() -> ProviderTransport:
    """This process's one transport; it holds the connections to all providers."""
    return ProviderTransport()


def adapter_of(attempt: GenerationAttempt) -> ProviderAdapter:
    """The adapter of the attempt's model, at its account's address. Raises `ProviderNotConfigured`."""
    return adapter_for(get_model(attempt.provider, attempt.model), account=attempt.account)


def request_of(attempt: GenerationAttempt, served: list[AttemptItem]) -> GenerationRequest:
    """The attempt's request, made from the job as it was admitted: the same every time it is asked for."""
    params: dict[str, Any] = attempt.job.params
    return GenerationRequest(
        attempt_id=str(attempt.pk),
        operation=attempt.operation,
        model=attempt.model,
        prompt=params["prompt"],
        count=len(served),
        negative_prompt=params.get("negativePrompt", ""),
        width=params.get("width"),
        height=params.get("height"),
        quality=params.get("quality", "standard"),
        seed=served[0].item.seed,
        options={**params.get("options", {}), "attempt_number": attempt.tries},
        callback_url=_callback_url(attempt),
        submission=max(attempt.submissions, 1),
    )


def _callback_url(attempt: GenerationAttempt) -> str:
    if attempt.recovery != Recovery.CALLBACK:
        return ""
    return f"{settings.PUBLIC_URL}/api/media/callbacks/{attempt.provider}"
