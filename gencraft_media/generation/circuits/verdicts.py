"""What an error says of its provider: that it works, that it does not, or nothing."""

from enum import Enum

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.errors import ProviderSilent
from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Misconfigured,
    Moderated,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
    Unreachable,
)


class Verdict(Enum):
    """What follows from an error."""

    ANSWERED = "answered"  # it read the request and refused it: it works
    FAILED = "failed"  # counted
    BUSY = "busy"
    NO_CREDIT = "no_credit"
    BAD_KEY = "bad_key"
    MISCONFIGURED = "misconfigured"
    NOTHING = "nothing"  # of the host, the client or an operator


# The first that fits.
_VERDICTS: tuple[tuple[type[GenCraftError], Verdict], ...] = (
    (OutOfMoney, Verdict.NO_CREDIT),
    (KeyRefused, Verdict.BAD_KEY),
    (Misconfigured, Verdict.MISCONFIGURED),
    (Busy, Verdict.BUSY),
    (Rejected, Verdict.ANSWERED),
    (Moderated, Verdict.ANSWERED),
    (ProviderError, Verdict.FAILED),
    (ProviderSilent, Verdict.FAILED),
)
# As attempt rows keep them.
FAILED_CODES = tuple(
    kind.code for kind in (ProviderError, Unreachable, OutcomeUnknown, BrokenContract, OutputLost, ProviderSilent)
)
ANSWERED_CODES = (Rejected.code, Moderated.code)


def verdict_on(error: GenCraftError) -> Verdict:
    """What the error says of the provider."""
    if isinstance(error, OutcomeUnknown) and not (error.vendor_code or error.vendor_text):
        # Nothing broke at the provider: it was our worker that died before the answer.
        return Verdict.NOTHING
    return next((verdict for kind, verdict in _VERDICTS if isinstance(error, kind)), Verdict.NOTHING)
