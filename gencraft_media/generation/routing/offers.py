"""What one model would do for a request, in plain values from which the choice is made."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

CAPABILITY, OPTION, PRICE, PRICE_UNKNOWN, TIME = "capability", "option", "price", "price_unknown", "time"
CIRCUIT_OPEN, RATE, QUOTA = "circuit_open", "rate", "quota"
POLICY, RETIRED, NOT_CONFIGURED, TRIED = "policy", "retired", "not_configured", "tried"
# What passes by itself.
PASSING = frozenset({CIRCUIT_OPEN, RATE, QUOTA})


class Refusal(NamedTuple):
    """Why a model is not chosen: a code, and a sentence for clients."""

    code: str
    reason: str


@dataclass(slots=True)
class Offer:
    """A model that is able, on its terms. Costs in US dollars as the client pays them, for the whole request.

    `seconds` for one output; `success_rate` 0-1, None where nothing is known yet; `quality` 0-1.
    """

    provider: str
    model: str
    # `provider/model`.
    name: str
    cost: Decimal
    credits: int
    seconds: float
    quality: float
    success_rate: float | None = None
    # How many fields of the request are changed to fit.
    adaptations: int = 0
    # What keeps requests from it for a while, where something does.
    hindrance: Refusal | None = None


class Ranked(NamedTuple):
    """An offer with its score, 0-1, and the parts it was made of."""

    offer: Offer
    score: float
    price: float
    speed: float
    quality: float
    success: float
