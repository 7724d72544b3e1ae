"""What one attempt says to its provider: the adapter, the request as a value, the transport that sends it."""

import functools

from django.conf import settings

from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from providers.base import ProviderAdapter
from providers.errors import ModelUnknown
from providers.registry import adapter_for
from providers.selectors import get_model
from providers.transport import ProviderTransport
from providers.types import GenerationRequest, Recovery
from providers.wording import in_vendors_words


@functools.cache
def transport() -> ProviderTransport:
    """This process's one transport; it holds the connections to all providers."""
    return ProviderTransport()


def adapter_of(attempt: GenerationAttempt) -> ProviderAdapter:
    """The adapter of the attempt's model, at its account's address. Raises `ProviderNotConfigured`."""
    return adapter_for(get_model(attempt.provider, attempt.model), account=attempt.account)


def request_of(attempt: GenerationAttempt, served: list[AttemptItem]) -> GenerationRequest:
    """The attempt's request, made from the job as it was admitted, in the vendor's words. Raises `ModelUnknown`."""
    limits = get_model(attempt.provider, attempt.model).limits
    said = in_vendors_words(limits, attempt.job.params)
    return GenerationRequest(
        attempt_id=str(attempt.pk),
        operation=attempt.operation,
        model=attempt.model,
        count=len(served),
        seed=served[0].item.seed,
        callback_url=_callback_url(attempt),
        submission=max(attempt.submissions, 1),
        **{**said, "options": {**said["options"], "attempt_number": attempt.tries}},
    )


def draws_by_shape(attempt: GenerationAttempt) -> bool:
    """Whether the model takes only a shape: its pictures may have other pixels than the size it is listed with."""
    try:
        limits = get_model(attempt.provider, attempt.model).limits
    except ModelUnknown:
        # A row that was deleted meanwhile must not cost a picture that has come.
        return True
    return bool((limits.get("size") or {}).get("measured"))


def _callback_url(attempt: GenerationAttempt) -> str:
    if attempt.recovery != Recovery.CALLBACK:
        return ""
    return f"{settings.PUBLIC_URL}/api/media/callbacks/{attempt.provider}"
