"""The quality hook: it may score an output anew from what was measured, or say itself whether it is accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.hooks.asking import Note, ask
from gencraft_media.generation.hooks.targets import HookName

_THREE_PLACES = Decimal("0.001")


class ScoreField(serializers.FloatField):
    """A JSON number 0-1."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool | str):
            raise serializers.ValidationError("A number from 0 to 1.")
        return super().to_internal_value(data)


class JudgementAnswer(StrictSerializer):
    """`score` 0-1; `accepted` decides where it is there, else the score against the threshold does."""

    score = ScoreField(min_value=0, max_value=1)
    accepted = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


@dataclass(frozen=True)
class Judged:
    """What an output is worth, 0-1; `accepted` None: compare the score with the threshold."""

    score: Decimal
    accepted: bool | None = None
    note: Note | None = None


def judged_by_hook(facts: Mapping[str, Any], *, score: Decimal, threshold: Decimal) -> Judged:
    """The judgement that holds: the hook's, or the engine's own `score` where there is no hook or none that answers.

    `facts` is plain JSON: whose output it is, its size in pixels, and the parts of the score.
    """

    def read(answer: Any) -> Judged:
        values = JudgementAnswer.read(answer)
        return Judged(Decimal(str(values["score"])).quantize(_THREE_PLACES), values.get("accepted"))

    document = {"facts": dict(facts), "score": float(score), "threshold": float(threshold)}
    judged, note = ask(HookName.QUALITY, document, read=read)
    return Judged(score, None, note) if judged is None else Judged(judged.score, judged.accepted, note)
