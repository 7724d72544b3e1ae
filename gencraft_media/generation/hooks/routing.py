"""The router hook: it may put the models that could serve a request into another order, and no others among them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.hooks.asking import Note, ask
from gencraft_media.generation.hooks.targets import HookName
from providers.selectors import full_name

MOST_CANDIDATES = 50
_LONGEST_NAME = 160


class RankingAnswer(StrictSerializer):
    """`ranking` has names of candidates, best first; those it leaves out follow in the engine's order."""

    ranking = serializers.ListField(
        child=serializers.CharField(max_length=_LONGEST_NAME), min_length=1, max_length=MOST_CANDIDATES
    )
    # For the operator's own log.
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


def ranked_by_hook(
    candidates: Sequence[Mapping[str, Any]], *, operation: str, count: int, strategy: str
) -> tuple[list[str], Note | None]:
    """The candidates' names, best first, and what to tell of the hook.

    `candidates` come best first as the receipt shows them; `count` is the number of outputs. The names are always all
    of those that came: the hook's order first, the engine's for what it left out, or for all where it has no say.
    """
    names = [full_name(candidate["provider"], candidate["model"]) for candidate in candidates]
    if not names:
        return [], None
    asked = names[:MOST_CANDIDATES]

    def read(answer: Any) -> list[str]:
        ranking: list[str] = RankingAnswer.read(answer)["ranking"]
        unknown = [name for name in ranking if name not in asked]
        if unknown or len(set(ranking)) != len(ranking):
            raise InvalidRequest(errors=[FieldError("ranking", "Candidates only, each once.", allowed=asked)])
        return ranking

    document = {
        "operation": operation,
        "count": count,
        "strategy": strategy,
        "candidates": [_written(candidate) for candidate in candidates[:MOST_CANDIDATES]],
    }
    ranking, note = ask(HookName.ROUTER, document, read=read)
    first = ranking or []
    return [*first, *(name for name in names if name not in first)], note


def _written(candidate: Mapping[str, Any]) -> dict[str, Any]:
    """A candidate as the hook reads it: under the name that it answers with, and money as exact text."""
    name, cost = full_name(candidate["provider"], candidate["model"]), candidate.get("cost")
    return {"name": name, **candidate, "cost": None if cost is None else _plain(cost)}


def _plain(amount: Any) -> str:
    return format(Decimal(str(amount)), "f")
