"""What one attempt says to its provider: the adapter, the request as a value, the transport that sends it."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from gencraft_media.generation.awaited_callbacks import callback_terms
from gencraft_media.generation.input_files import opened_inputs
from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from providers.base import ProviderAdapter
from providers.errors import ModelUnknown, ProviderNotConfigured
from providers.operations import limits_for
from providers.registry import adapter_for
from providers.selectors import get_model
from providers.transport import ProviderTransport
from providers.types import GenerationRequest
from providers.wording import in_vendors_words


@functools.cache
def transport() -> ProviderTransport:
    """This process's one transport; it holds the connections to all providers."""
    return ProviderTransport()


def adapter_of(attempt: GenerationAttempt) -> ProviderAdapter:
    """The adapter of the attempt's model, at its account's address.

    Raises `ProviderNotConfigured`, also where the account was deleted: what it was told, no other account knows of.
    """
    if attempt.account is None:
        raise ProviderNotConfigured("The account that this was begun with is gone.", provider=attempt.provider)
    return adapter_for(get_model(attempt.provider, attempt.model), account=attempt.account)


@contextmanager
def opened_request(attempt: GenerationAttempt, served: list[AttemptItem]) -> Iterator[GenerationRequest]:
    """The attempt's request, made from the job as it was admitted, in the vendor's words.

    The files of its inputs are there until the block ends. Raises `ModelUnknown`, and what `opened_inputs` raises.
    """
    row = get_model(attempt.provider, attempt.model)
    limits = limits_for(row.limits, attempt.operation)
    said = in_vendors_words(limits, attempt.params)
    with opened_inputs(attempt, limits) as inputs:
        yield GenerationRequest(
            attempt_id=str(attempt.pk),
            operation=attempt.operation,
            model=attempt.model,
            count=len(served),
            seed=served[0].item.seed,
            inputs=inputs,
            wiring=row.wiring,
            submission=max(attempt.submissions, 1),
            **callback_terms(attempt),
            **{**said, "options": {**said["options"], "attempt_number": attempt.tries}},
        )


def draws_by_shape(attempt: GenerationAttempt) -> bool:
    """Whether the model takes only a shape: its pictures may have other pixels than the size it is listed with."""
    try:
        limits = limits_for(get_model(attempt.provider, attempt.model).limits, attempt.operation)
    except ModelUnknown:
        # A row that was deleted meanwhile must not cost a picture that has come.
        return True
    return bool((limits.get("size") or {}).get("measured"))
