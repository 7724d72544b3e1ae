"""What can go wrong with prices, credits and quotas."""

from gencraft_media.common.errors import Conflict, GenCraftError


class BillingError(GenCraftError):
    """Something went wrong with prices or credits."""

    code = "billing_error"


class PriceUnknown(BillingError):
    """No price is known for this request, and nothing is ever made for free by accident."""

    code = "price_unknown"
    http_status = 422


class InsufficientCredits(BillingError):
    """The owner of the project has too few credits for this."""

    code = "insufficient_credits"
    http_status = 402


class AccountFrozen(BillingError):
    """Spending from this credit account is stopped until an operator has checked its balance."""

    code = "account_frozen"
    http_status = 403


class QuotaExceeded(BillingError):
    """A quota of delivered outputs is used up until it resets."""

    code = "quota_exceeded"
    http_status = 429


class SpendCapReached(BillingError):
    """The project may spend no more credits in this day or month."""

    code = "spend_cap_reached"
    http_status = 429


class HoldMismatch(Conflict):
    """This job already holds, or was already charged, another number of credits."""

    code = "hold_mismatch"


class EntryMismatch(Conflict):
    """This key was already used for another change of the balance."""

    code = "entry_mismatch"


class ReservationMismatch(Conflict):
    """This job already reserved, or delivered, another number of outputs."""

    code = "reservation_mismatch"
