"""What can go wrong at a provider, in the few kinds the workflow has one stated action for each."""

from typing import Any

from gencraft_media.common.errors import GenCraftError


class ProviderError(GenCraftError):
    """The provider could not do this."""

    code = "provider_error"
    http_status = 502
    # Whether the submission is known not to have been accepted: only then may it be sent again.
    not_accepted = True

    def __init__(self, message: str = "", *, vendor_code: str = "", vendor_text: str = "", **extra: Any) -> None:
        super().__init__(message, **extra)
        # For logs and the admin only; clients never read a vendor's words.
        self.vendor_code = vendor_code
        self.vendor_text = vendor_text[:2000]


# The workflow's action: fail the items, release the credits.
class Rejected(ProviderError):
    """The provider does not take this request as it is."""

    code = "provider_rejected"
    http_status = 422


# The workflow's action: fail the items, release the credits, never try elsewhere.
class Moderated(ProviderError):
    """The provider's content rules refused this."""

    code = "moderated"
    http_status = 422


# The workflow's action: wait as told, try again within the deadline.
class Busy(ProviderError):
    """The provider is at its limit."""

    code = "provider_busy"
    http_status = 503
    retryable = True


# The workflow's action: back off, try again within the deadline.
class Unreachable(ProviderError):
    """The provider could not be reached; nothing was sent."""

    code = "provider_unreachable"
    http_status = 503
    retryable = True


# The workflow's action: recover by the adapter's kind, never send it again.
class OutcomeUnknown(ProviderError):
    """The request was sent and the answer was lost."""

    code = "outcome_unknown"
    http_status = 502
    not_accepted = False


# The workflow's action: fail the items, alert the operators.
class Misconfigured(ProviderError):
    """The provider refuses our account or does not know the model."""

    code = "provider_misconfigured"
    http_status = 503


# The workflow's action: as above, and the account is set aside until somebody pays.
class OutOfMoney(Misconfigured):
    """The provider refuses our account: its credit or its spending limit is used up."""


# The workflow's action: as above, and the account is set aside until somebody enters a key.
class KeyRefused(Misconfigured):
    """The provider does not take our account's key."""


# The workflow's action: fail, keep the answer, alert the operators.
class BrokenContract(ProviderError):
    """The provider answered in a way its contract does not have."""

    code = "provider_contract_broken"
    not_accepted = False


# The workflow's action: fail, book the cost, charge nobody.
class OutputLost(ProviderError):
    """The provider did the work but its output can no longer be fetched."""

    code = "output_lost"
    not_accepted = False


class ProviderNotConfigured(GenCraftError):
    """This provider has no key yet."""

    code = "provider_not_configured"
    http_status = 422


class ModelUnknown(GenCraftError):
    """The catalogue has no such model."""

    code = "model_unknown"
    http_status = 422


class OperationUnsupported(GenCraftError):
    """No model here does this operation."""

    code = "operation_unsupported"
    http_status = 422


class OptionUnsupported(GenCraftError):
    """The model cannot take some fields of the request as they are."""

    code = "option_unsupported"
    http_status = 422
