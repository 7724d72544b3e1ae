"""What becomes of a request to each of sim's models: of the job, of the money, of what the provider took."""

from dataclasses import dataclass
from decimal import Decimal

PRICE = Decimal("0.04")


@dataclass(frozen=True)
class Fault:
    """One row. Unless it says otherwise a job wants one picture, at 4 credits to the client and $0.04 to us."""

    model: str
    status: str
    # Of the first item that failed; "" when none did.
    code: str = ""
    retryable: bool = False
    tries: int = 1
    credits: int = 0
    # What the books say the provider took: "" for nothing, "confirmed" or "suspected".
    certainty: str = ""
    amount: Decimal = PRICE
    # Times the provider took the request; each of them may cost money.
    submissions: int = 1
    # Each of them books `amount`.
    costs: int = 1
    batch: int = 1
    # A time of the attempt that is made long ago, where the engine gives up only then.
    long_ago: str = ""


def _delivered(model: str, *, tries: int = 1) -> Fault:
    return Fault(model, "completed", tries=tries, credits=4, certainty="confirmed")


def _refused(model: str, code: str) -> Fault:
    return Fault(model, "failed", code, submissions=0)


def _spoiled(model: str, code: str) -> Fault:
    return Fault(model, "failed", code, certainty="confirmed")


def _poor(model: str, code: str) -> Fault:
    """Made once more with another seed, and no better then."""
    return Fault(model, "failed", code, tries=2, certainty="confirmed", costs=2, submissions=2)


def _unknown(model: str, code: str = "outcome_unknown", *, submissions: int = 1, long_ago: str = "") -> Fault:
    return Fault(model, "failed", code, certainty="suspected", submissions=submissions, long_ago=long_ago)


FAULTS = (
    Fault("sim/standard", "completed", certainty="confirmed", amount=Decimal(0)),
    _delivered("sim/priced"),
    _delivered("sim/slow"),
    _delivered("sim/synchronous"),
    _delivered("sim/rate-limited", tries=3),
    _delivered("sim/dropped-idempotent"),
    _delivered("sim/dropped-listable"),
    # Taken, and nobody ever calls back.
    _unknown("sim/dropped-callback", long_ago="unknown_since"),
    _unknown("sim/dropped-none"),
    _unknown("sim/server-error", submissions=0),
    _unknown("sim/broken-contract", "provider_contract_broken"),
    Fault("sim/unreachable", "failed", "provider_unreachable", retryable=True, tries=3, submissions=0),
    _refused("sim/moderated", "moderated"),
    _refused("sim/no-credit", "provider_misconfigured"),
    _refused("sim/bad-key", "provider_misconfigured"),
    # A provider that says that its job failed takes nothing for it.
    Fault("sim/flaky", "failed", "provider_rejected", certainty="confirmed", amount=Decimal(0)),
    # One of two: the first stays at the price of a batch of two, $0.076 for both.
    Fault(
        "sim/moderated-output", "completed", "moderated", credits=4, certainty="confirmed", amount=2 * PRICE, batch=2
    ),
    _spoiled("sim/wrong-size", "output_wrong_size"),
    _poor("sim/blank", "output_blank"),
    _poor("sim/placeholder", "output_placeholder"),
    _spoiled("sim/truncated", "output_truncated"),
    _spoiled("sim/bomb", "output_bomb"),
    _spoiled("sim/wide", "output_too_large"),
    _spoiled("sim/not-an-image", "output_not_an_image"),
    _spoiled("sim/lost-output", "output_lost"),
    Fault("sim/stuck", "failed", "provider_silent", certainty="suspected", long_ago="accepted_at"),
)
