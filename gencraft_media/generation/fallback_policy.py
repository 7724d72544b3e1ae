"""What is done about each kind of trouble, as data: docs/fallback.md shows the table, a test holds the two together."""

from dataclasses import dataclass
from enum import StrEnum

from assets.errors import BadInput, BadPicture, StorageElsewhere, StoredObjectDamaged, StoredObjectMissing
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.errors import CircuitOpen, DeadlineExceeded, JobCanceled, ProviderSilent, StepCrashed
from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Misconfigured,
    ModelUnknown,
    Moderated,
    OperationUnsupported,
    OptionUnsupported,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    ProviderNotConfigured,
    Rejected,
    Unreachable,
)
from providers.self_hosted import GenerationFailed

# A provider that is back within this is waited for: another model is another picture at another price.
LONGEST_PATIENCE_S = 5.0


class Action(StrEnum):
    """What becomes of the items of an attempt that is known not to have been accepted."""

    AGAIN = "again"  # the same model after a pause; one of its tries
    WAIT = "wait"  # the same model as soon as it lets us; no try is used up
    STEP_IN = "step in"  # the next best model, at once
    FAIL = "fail"


class Policy(StrEnum):
    """What holds for the job."""

    ALONE = "alone"  # the model was named, or fallback is off
    FALLBACK = "fallback"
    AFTER_MODERATION = "after moderation"  # and other models are tried with what one refused by its content rules


@dataclass(frozen=True)
class Trouble:
    """One row of the table: a kind of trouble, its errors, and what is tried under each policy, in this order.

    `said` is what the client reads of the first model when another one stepped in. Where nothing of a list can be done
    the items fail.
    """

    name: str
    happened: str
    errors: tuple[type[GenCraftError], ...]
    alone: tuple[Action, ...]
    fallback: tuple[Action, ...]
    after_moderation: tuple[Action, ...]
    said: str = ""

    def actions(self, policy: Policy) -> tuple[Action, ...]:
        """What is tried under a policy, in order."""
        by_policy = {
            Policy.ALONE: self.alone,
            Policy.FALLBACK: self.fallback,
            Policy.AFTER_MODERATION: self.after_moderation,
        }
        return by_policy[policy]


_FAIL = (Action.FAIL,)


def _never(name: str, happened: str, *errors: type[GenCraftError]) -> Trouble:
    """Whatever the policy, the items fail."""
    return Trouble(name, happened, errors, _FAIL, _FAIL, _FAIL)


def _helped(
    name: str,
    happened: str,
    *errors: type[GenCraftError],
    said: str,
    alone: Action = Action.FAIL,
) -> Trouble:
    """Another model steps in where that is allowed; else, or where there is none, what is done `alone`."""
    together = (Action.STEP_IN, alone)
    return Trouble(name, happened, errors, (alone,), together, together, said)


_UNUSABLE = "could not be used"
_WAIT = (Action.WAIT,)
RATE = Trouble(
    "rate",
    f"the provider, or our own limit for it, lets us try again within {LONGEST_PATIENCE_S:g} s",
    (Busy,),
    _WAIT,
    _WAIT,
    _WAIT,
    said="was at its limit",
)
SHUT = _helped(
    "shut",
    f"an open circuit, the account's spending limit of the day, or a rate limit for more than {LONGEST_PATIENCE_S:g} s",
    CircuitOpen,
    said="is left alone for a while",
    alone=Action.WAIT,
)
TROUBLES: tuple[Trouble, ...] = (
    _helped("outage", "nothing could be sent", Unreachable, said="could not be reached", alone=Action.AGAIN),
    SHUT,
    RATE,
    _helped(
        "capability",
        "the provider does not take the request as it is, or it cannot be put into its words",
        Rejected,
        OptionUnsupported,
        OperationUnsupported,
        ModelUnknown,
        said="did not take the request",
    ),
    _helped(
        "server",
        "an operator's own server ended the request with an error, or has too little memory for it",
        GenerationFailed,
        said="failed",
    ),
    _helped("billing", "our account at the provider is out of money", OutOfMoney, said=_UNUSABLE),
    _helped("key", "the provider refuses our key", KeyRefused, said=_UNUSABLE),
    _helped(
        "account",
        "our account may not use the model, or there is none any more",
        Misconfigured,
        ProviderNotConfigured,
        said=_UNUSABLE,
    ),
    Trouble(
        "moderation",
        "the provider's content rules refused the request",
        (Moderated,),
        _FAIL,
        _FAIL,
        (Action.STEP_IN, Action.FAIL),
        said="refused the request by its content rules",
    ),
    _never("unknown", "the answer was lost; what can be found out is found out first", OutcomeUnknown),
    _never("contract", "the provider answered in a way its contract does not have", BrokenContract),
    _never("output lost", "the provider did the work and its output cannot be had", OutputLost),
    _never("silent", "the provider took the job and did not finish it", ProviderSilent),
    _never("quality", "what came is no picture, or not the one that was asked for", BadPicture),
    _never(
        "input",
        "a picture of the request cannot be used",
        BadInput,
        StoredObjectMissing,
        StoredObjectDamaged,
        StorageElsewhere,
    ),
    _never("deadline", "the job's time is over", DeadlineExceeded),
    _never("canceled", "the job was asked to stop", JobCanceled),
    _never("crash", "the step ended its process several times over", StepCrashed),
)
# For an error that nobody has thought of: what is not known to be safe is not tried elsewhere.
OTHER = _never("other", "anything else", ProviderError, GenCraftError)
# Attempts that ended so use up no try: the job's deadline bounds them.
FREE_CODES = frozenset({Busy.code, CircuitOpen.code})
_BY_ERROR = {error: trouble for trouble in (*TROUBLES, OTHER) for error in trouble.errors}


def trouble_of(error: GenCraftError) -> Trouble:
    """The row of an error: of its own class, or of the nearest one above."""
    return next(_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR)
