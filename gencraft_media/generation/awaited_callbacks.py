"""What is expected of providers that call back: whether they can, where to, and how often they are asked meanwhile."""

from typing import Any

from django.conf import settings

from gencraft_media.generation.models import GenerationAttempt
from providers.base import ProviderAdapter
from providers.callbacks import callback_secret
from providers.registry import kind_of
from providers.selectors import BUILT_IN, get_model
from providers.types import Recovery

# A callback that never comes must not lose a job: it is asked for all the same, only less often.
WATCHED_EVERY_S = 5.0


def recovery_of(adapter: ProviderAdapter) -> Recovery:
    """What may be counted on if an answer is lost: a provider elsewhere must be able to reach this engine."""
    is_elsewhere = adapter.key not in BUILT_IN
    if adapter.recovery is Recovery.CALLBACK and is_elsewhere and not settings.PROVIDER_CALLBACKS:
        return Recovery.NONE
    return adapter.recovery


def callback_terms(attempt: GenerationAttempt) -> dict[str, Any]:
    """Where the provider is to call back and what it then has to prove, as fields of a `GenerationRequest`."""
    if attempt.recovery != Recovery.CALLBACK:
        return {}
    address = f"{settings.PUBLIC_URL}/api/media/callbacks/{attempt.provider}"
    kind = kind_of(get_model(attempt.provider, attempt.model).provider)
    if kind is None or not kind.callbacks_per_attempt:
        return {"callback_url": address}
    reference = str(attempt.pk)
    return {
        "callback_url": f"{address}/{reference}",
        "callback_secret": callback_secret(attempt.provider, reference),
    }


def until_next_look(attempt: GenerationAttempt, wait_s: float) -> float:
    """How long to wait before the provider is asked, `wait_s` by its own word: longer while a callback is to come."""
    if attempt.recovery != Recovery.CALLBACK or attempt.callbacks.exists():
        return wait_s
    return max(wait_s, WATCHED_EVERY_S)
