"""Plans of configuration changes: what was asked, what exactly would change, who confirmed it, and its undoing."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from gencraft_media.common.configuration import Risk
from gencraft_media.common.models import UuidModel, VersionedSettings
from gencraft_media.common.sealed import SealedTextField


class PlanSource(models.TextChoices):
    """Where the typed actions of a plan come from."""

    SENTENCE = "sentence"  # the grammar read them
    ACTIONS = "actions"  # a client or form named them
    LANGUAGE_MODEL = "language_model"  # a language model proposed them


class PlanState(models.TextChoices):
    """How far a plan is."""

    PROPOSED = "proposed"
    APPROVED = "approved"  # by a second person, where the policy asks for one
    APPLIED = "applied"
    UNDONE = "undone"  # by a person
    ENDED = "ended"  # by itself, when its time was over
    STALE = "stale"  # what it was made from changed before it was confirmed
    EXPIRED = "expired"  # nobody confirmed it in time


# It may still be confirmed.
OPEN_STATES = (PlanState.PROPOSED, PlanState.APPROVED)


class ConfigurationPlan(UuidModel):
    """One plan. Its digest is over the actions and changes, and only that exact plan is ever applied."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    source = models.CharField(max_length=20, choices=PlanSource.choices)
    sentence = models.CharField(max_length=1000, blank=True)
    # A list of {"action", "parameters"}.
    actions = models.JSONField(encoder=DjangoJSONEncoder)
    # A list of {"store", "row", "field", "before", "after", "label", "risk"}.
    changes = models.JSONField(encoder=DjangoJSONEncoder)
    notes = models.JSONField(default=list)
    # How many projects, users and keys it touches, and what the last days' jobs would have cost under it.
    effect = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    risk = models.CharField(max_length=20, choices=[(risk.value, risk.value) for risk in Risk])
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.PROPOSED)
    # Why it can no longer be applied, or could not be undone.
    note = models.CharField(max_length=500, blank=True)
    # A proposal not confirmed until then is void.
    confirm_until = models.DateTimeField()
    # How long it holds once applied; null: until somebody undoes it.
    holds_for_s = models.PositiveIntegerField(null=True)
    ends_at = models.DateTimeField(null=True)
    needs_second_person = models.BooleanField(default=False)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "configuration_plans"
        indexes = [
            models.Index(fields=["-created_at"], name="configuration_plans_page_idx"),
            models.Index(
                fields=["ends_at"], name="configuration_plans_ends_idx", condition=models.Q(state=PlanState.APPLIED)
            ),
        ]

    def __str__(self) -> str:
        return self.sentence or str(self.pk)


class PlanPolicy(VersionedSettings):
    """What a plan needs beside its confirmation."""

    # A plan whose replay differs by so many US dollars over thirty days is approved by a second person; null: none is.
    second_person_above = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    # An OpenAI-compatible chat endpoint that may propose plans; empty: none.
    language_model_url = models.URLField(max_length=200, blank=True)
    language_model = models.CharField(max_length=100, blank=True)
    # Sent to it as a bearer token; empty: it asks for none.
    language_model_key = SealedTextField(blank=True, default="")

    class Meta(VersionedSettings.Meta):
        db_table = "plan_policies"
        verbose_name_plural = "plan policies"
