"""What each simulated model does wrong: one row a model, the same every time, nothing remembered."""

from dataclasses import dataclass
from http import HTTPStatus

_FLAKY_SEEDS = {1, 4, 6}


@dataclass(frozen=True)
class Refusal:
    """An error answer to the submission."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None


@dataclass(frozen=True)
class Script:
    """How a model behaves from submission to output."""

    duration_s: float = 0.3
    finishes: bool = True
    refusal: Refusal | None = None
    # Refused while the request's attempt number is below this; 0 = always.
    accepts_from_attempt: int = 0
    # "" | "unreachable" (nothing is taken) | "dropped" (the job is taken, the line breaks before the answer)
    line: str = ""
    # "" | "unreadable" (the answer makes no sense) | "at once" (it holds the outputs) | "listed" | "called back"
    answer: str = ""
    # See pictures.py: what the bytes of an output are.
    picture: str = "drawn"

    def error_of_output(self, index: int, seed: int) -> str:
        """The code with which one output of several is refused, "" for an output that is made."""
        if self.answer == "second refused" and index == 1:
            return "output_moderated"
        return "generation_failed" if self.answer == "flaky" and seed % 8 in _FLAKY_SEEDS else ""


_SCRIPTS: dict[str, Script] = {
    "standard": Script(duration_s=0.9),
    "priced": Script(duration_s=0.9),
    "slow": Script(duration_s=2.0, picture="photograph"),
    "synchronous": Script(answer="at once", picture="photograph"),
    "stuck": Script(finishes=False),
    "rate-limited": Script(
        refusal=Refusal(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests.", retry_after_s=1),
        accepts_from_attempt=3,
    ),
    "moderated": Script(refusal=Refusal(HTTPStatus.BAD_REQUEST, "prompt_moderated", "The prompt is not allowed.")),
    "no-credit": Script(refusal=Refusal(HTTPStatus.PAYMENT_REQUIRED, "no_credit", "The account is empty.")),
    "bad-key": Script(refusal=Refusal(HTTPStatus.UNAUTHORIZED, "bad_key", "The key is not known.")),
    "server-error": Script(refusal=Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something broke.")),
    "broken-contract": Script(answer="unreadable"),
    "moderated-output": Script(answer="second refused"),
    "flaky": Script(answer="flaky"),
    "unreachable": Script(line="unreachable"),
    "dropped-idempotent": Script(line="dropped"),
    "dropped-listable": Script(line="dropped", answer="listed"),
    "dropped-callback": Script(line="dropped", answer="called back"),
    "dropped-none": Script(line="dropped"),
    "lost-output": Script(picture="lost"),
    "wrong-size": Script(picture="halved"),
    "blank": Script(picture="blank"),
    "placeholder": Script(picture="placeholder"),
    "truncated": Script(picture="truncated"),
    "bomb": Script(picture="bomb"),
    "wide": Script(picture="wide"),
    "not-an-image": Script(picture="page"),
}


def scripted_models() -> frozenset[str]:
    """Every model sim can play."""
    return frozenset(_SCRIPTS)


def script_of(model: str) -> Script:
    """How `model` behaves. Raises KeyError for a model sim does not have."""
    return _SCRIPTS[model]


def refusal_of(model: str, attempt_number: int) -> Refusal | None:
    """The error a submission meets, by the number of tries the request says it is."""
    script = _SCRIPTS[model]
    passes = script.accepts_from_attempt and attempt_number >= script.accepts_from_attempt
    return None if passes else script.refusal
