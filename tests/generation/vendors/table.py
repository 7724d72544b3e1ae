"""The shape of the fault tables: what goes wrong at a vendor, and what becomes of the job, the credits and the cost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.errors import DeadlineExceeded
from tests.vendors.serving import VendorServer

NOTHING, QUOTED, TOLD = "nothing", "as quoted", "as told"


@dataclass(frozen=True)
class Fault:
    """One row; a job wants one picture unless `batch` says otherwise.

    `name` is the vendor server's, "" for none; `happened` and `message` are read by people: the second by clients.
    """

    name: str
    happened: str
    status: str
    # Of the first item that failed; "" when none did.
    code: str = ""
    message: str = ""
    credits: int = 0
    # What the books say the vendor took: "" for no entry, "confirmed" or "suspected"; and where the amount comes from.
    certainty: str = ""
    basis: str = NOTHING
    # Paid requests that the vendor received.
    calls: int = 1
    batch: int = 1
    # A time of the attempt that is made long ago, where the engine gives up only then.
    long_ago: str = ""
    # Whether the job's time is over after so many calls: it would have gone on.
    until_deadline: bool = False


@dataclass(frozen=True)
class Vendor:
    """One table: a model, the size it is asked for, and what a picture of it costs, quoted and as the vendor says."""

    key: str
    title: str
    provider: str
    model: str
    size: tuple[int, int]
    server: type[VendorServer]
    # For a batch of so many pictures, in US dollars.
    quoted: Callable[[int], Decimal]
    # For a fault and its prompt, where the vendor tells it.
    told: Callable[[Fault, str], Decimal]
    faults: tuple[Fault, ...]
    # What an operator should know before reading the table.
    about: str
    # What is asked for; all but text-to-image is asked with a picture of `size`.
    operation: str = "text-to-image"
    # Whether the vendor is told to call back, and can.
    callbacks: bool = False

    def amount(self, fault: Fault, prompt: str) -> Decimal:
        """What the entry in the book of provider costs says, in US dollars."""
        if fault.basis == NOTHING:
            return Decimal(0)
        return self.told(fault, prompt) if fault.basis == TOLD else self.quoted(fault.batch)


def delivered(name: str, happened: str, *, credits: int, basis: str, calls: int = 1) -> Fault:
    """The picture comes."""
    return Fault(name, happened, "completed", credits=credits, certainty="confirmed", basis=basis, calls=calls)


def refused(name: str, happened: str, error: GenCraftError, *, calls: int = 1) -> Fault:
    """Nothing was taken."""
    return Fault(name, happened, "failed", error.code, error.message, calls=calls)


def awaited(name: str, happened: str, *, calls: int = 3) -> Fault:
    """The vendor asks for patience until the job's time is over."""
    error = DeadlineExceeded()
    return Fault(name, happened, "failed", error.code, error.message, calls=calls, until_deadline=True)


def spoilt(name: str, happened: str, error: GenCraftError | tuple[str, str], *, basis: str) -> Fault:
    """The vendor took its price, or says that it took nothing, and there is no picture. `error` may be (code, text)."""
    code, message = error if isinstance(error, tuple) else (error.code, error.message)
    return Fault(name, happened, "failed", code, message, certainty="confirmed", basis=basis)


def unknown(name: str, happened: str, error: GenCraftError, *, basis: str = QUOTED, long_ago: str = "") -> Fault:
    """Nobody knows whether the vendor took its price."""
    return Fault(
        name, happened, "failed", error.code, error.message, certainty="suspected", basis=basis, long_ago=long_ago
    )
