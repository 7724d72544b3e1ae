"""Why OpenAI refuses an account, kept apart so that whoever mends it knows what to mend."""

from providers import errors
from providers.errors import Misconfigured


class CreditExhausted(errors.OutOfMoney):
    """OpenAI refuses the account: its credit or its spending limit is used up."""


class KeyRefused(errors.KeyRefused):
    """OpenAI does not take the account's key."""


class OrganizationUnverified(Misconfigured):
    """OpenAI wants the account's organisation verified before it may use this model."""


class ModelNotOffered(Misconfigured):
    """OpenAI does not offer this model to the account."""
