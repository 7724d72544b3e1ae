"""What the API reads and shows of plans."""

from typing import Any

from rest_framework import serializers

from gencraft_media.common.configuration import Risk
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.daos.grammar.times import LONGEST_S, SHORTEST_S
from gencraft_media.daos.models import PlanSource, PlanState
from gencraft_media.daos.services import LONGEST_SENTENCE

_WAYS = ("prompt", "promptId", "actions")


class AskedActionSerializer(StrictSerializer):
    """One action by its name, with its parameters."""

    action = serializers.CharField(max_length=100)
    parameters = serializers.DictField(default=dict)

    class Meta:
        ref_name = "AskedAction"


class NewPlan(StrictSerializer):
    """A sentence, the id of a known one, or actions: exactly one of the three.

    With `askLanguageModel` the one of the plan policy may propose where the sentence is not understood.
    """

    prompt = serializers.CharField(required=False, max_length=LONGEST_SENTENCE)
    askLanguageModel = serializers.BooleanField(default=False, source="ask_language_model")
    promptId = serializers.CharField(required=False, max_length=100, source="prompt_id")
    actions = AskedActionSerializer(many=True, required=False, allow_empty=False)
    holdsForSeconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=SHORTEST_S, max_value=LONGEST_S, source="holds_for_s"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("prompt", "prompt_id", "actions") if name in attrs]
        if len(given) != 1:
            text = f"Give exactly one of {', '.join(_WAYS)}."
            raise serializers.ValidationError({"prompt": [serializers.ErrorDetail(text, code="required")]})
        if attrs["ask_language_model"] and "prompt" not in attrs:
            text = "It reads a prompt, and nothing else."
            raise serializers.ValidationError({"askLanguageModel": [serializers.ErrorDetail(text, code="conflict")]})
        return attrs


class Confirmation(StrictSerializer):
    """Which plan was looked at."""

    digest = serializers.CharField(max_length=64)


class PlannedChangeSerializer(serializers.Serializer[Any]):
    """One value before and after; null says nothing, so that the next wider scope holds."""

    store = serializers.CharField()
    row = serializers.CharField()
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.JSONField()
    after = serializers.JSONField()
    risk = serializers.ChoiceField([risk.value for risk in Risk])

    class Meta:
        ref_name = "PlannedChange"


class BeforeAndAfterSerializer(serializers.Serializer[Any]):
    """US dollars as exact text."""

    before = serializers.CharField()
    after = serializers.CharField()

    class Meta:
        ref_name = "BeforeAndAfter"


class ReplaySerializer(serializers.Serializer[Any]):
    """What the last days' jobs would have cost. `sample`: how many of them were looked at."""

    days = serializers.IntegerField()
    jobs = serializers.IntegerField()
    sample = serializers.IntegerField()
    cost = BeforeAndAfterSerializer()
    revenue = BeforeAndAfterSerializer()
    difference = serializers.CharField()
    refused = serializers.IntegerField()
    formula = serializers.CharField()

    class Meta:
        ref_name = "PlanReplay"


class EffectSerializer(serializers.Serializer[Any]):
    """Whom a plan touches and what it does to money."""

    projects = serializers.IntegerField()
    users = serializers.IntegerField()
    keys = serializers.IntegerField()
    replay = ReplaySerializer()

    class Meta:
        ref_name = "PlanEffect"


class PlanSerializer(serializers.Serializer[Any]):
    """A plan with everything that a person needs to confirm it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(PlanState.choices)
    source = serializers.ChoiceField(PlanSource.choices)  # type: ignore[assignment]
    prompt = serializers.CharField(source="sentence")
    actions = AskedActionSerializer(many=True)
    changes = PlannedChangeSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    effect = EffectSerializer()
    risk = serializers.ChoiceField([risk.value for risk in Risk])
    digest = serializers.CharField()
    note = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")
    createdBy = serializers.SerializerMethodField()
    confirmUntil = serializers.DateTimeField(source="confirm_until")
    needsSecondPerson = serializers.BooleanField(source="needs_second_person")
    approvedBy = serializers.SerializerMethodField()
    holdsForSeconds = serializers.IntegerField(source="holds_for_s", allow_null=True)
    appliedAt = serializers.DateTimeField(source="applied_at", allow_null=True)
    appliedBy = serializers.SerializerMethodField()
    endsAt = serializers.DateTimeField(source="ends_at", allow_null=True)
    undoneAt = serializers.DateTimeField(source="undone_at", allow_null=True)
    undoneBy = serializers.SerializerMethodField()

    class Meta:
        ref_name = "ConfigurationPlan"

    def get_createdBy(self, plan: Any) -> str | None:
        return _named(plan.created_by)

    def get_approvedBy(self, plan: Any) -> str | None:
        return _named(plan.approved_by)

    def get_appliedBy(self, plan: Any) -> str | None:
        return _named(plan.applied_by)

    def get_undoneBy(self, plan: Any) -> str | None:
        return _named(plan.undone_by)


class PlanPageSerializer(serializers.Serializer[Any]):
    """Some plans, the newest first."""

    items = PlanSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)
    hasMore = serializers.BooleanField()
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)

    class Meta:
        ref_name = "ConfigurationPlanPage"


class ParameterSerializer(serializers.Serializer[Any]):
    """One parameter of an action, and what it may be in words."""

    name = serializers.CharField()
    type = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]

    class Meta:
        ref_name = "RuntimeActionParameter"


class ActionSerializer(serializers.Serializer[Any]):
    """Something that can be configured."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    parameters = ParameterSerializer(many=True)
    examples = serializers.ListField(child=serializers.CharField())

    class Meta:
        ref_name = "RuntimeAction"


class ActionListSerializer(serializers.Serializer[Any]):
    """Every action."""

    items = ActionSerializer(many=True)

    class Meta:
        ref_name = "RuntimeActionList"


class PromptSerializer(serializers.Serializer[Any]):
    """A sentence that has an id."""

    id = serializers.CharField()
    prompt = serializers.CharField()

    class Meta:
        ref_name = "KnownPrompt"


class PromptListSerializer(serializers.Serializer[Any]):
    """Every sentence that has an id."""

    items = PromptSerializer(many=True)

    class Meta:
        ref_name = "KnownPromptList"


def _named(user: Any) -> str | None:
    return str(user) if user is not None else None
