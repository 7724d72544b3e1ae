"""What Stability AI refuses, kept apart so that clients and operators know what to change (v2beta, 2026-07)."""

from providers import errors
from providers.errors import Misconfigured, Rejected


class LanguageRefused(Rejected):
    """Stability AI reads prompts in English only."""


class PersonRefused(Rejected):
    """Stability AI does not draw the public person this prompt names."""


class RequestTooLarge(Rejected):
    """The request is larger than the 10 MiB that Stability AI reads."""


class KeyRefused(errors.KeyRefused):
    """Stability AI does not take the account's key."""


class CreditExhausted(errors.OutOfMoney):
    """Stability AI refuses the account: its credits are used up."""


class ModelNotOffered(Misconfigured):
    """Stability AI does not offer this model to the account."""
