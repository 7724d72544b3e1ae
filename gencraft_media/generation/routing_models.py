"""What steers the choice of a model: settings by scope, and the circuits that keep requests from a dead provider."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from gencraft_media.common.models import UuidModel, VersionedSettings
from gencraft_media.common.sealed import SealedTextField
from providers.models import ProviderAccount


class Strategy(models.TextChoices):
    """What matters most when the engine chooses among models."""

    CHEAPEST = "cheapest"
    FASTEST = "fastest"
    BEST = "best"
    BALANCED = "balanced"


class RoutingSettings(VersionedSettings):
    """How models are chosen, for a scope: "global", "plan:<key>" or "project:<uuid>". Empty: the next wider scope's."""

    strategy = models.CharField(max_length=20, choices=Strategy.choices, blank=True)
    # Of a whole request, in US dollars as the client pays them.
    max_cost = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    max_seconds = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.1)])
    # Names of providers, or `provider/model`; null: the next wider scope's.
    allow = models.JSONField(null=True, blank=True)
    deny = models.JSONField(null=True, blank=True)
    fallback = models.BooleanField(null=True, blank=True)
    fallback_after_moderation = models.BooleanField(null=True, blank=True)
    # How much more than the quote a model that steps in may cost us; the client pays the quote at most.
    fallback_extra_percent = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(1_000)])

    class Meta(VersionedSettings.Meta):
        db_table = "routing_settings"
        verbose_name_plural = "routing settings"


class QualitySettings(VersionedSettings):
    """What an output must be before it is accepted, for a scope: "global", "plan:<key>" or "project:<uuid>"."""

    # Below this score, 0-1, an output is made once more, then refused; null: the next wider scope's.
    threshold = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    # One model has three tries for an output, and the first is none of these.
    retries = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(2)])

    class Meta(VersionedSettings.Meta):
        db_table = "quality_settings"
        verbose_name_plural = "quality settings"


class HookSettings(VersionedSettings):
    """Who is asked beside the engine itself, for a scope: "router", "quality" or "cost"."""

    # A dotted path, or an https address; empty: nobody.
    target = models.CharField(max_length=500, blank=True)
    # Signs requests to an address.
    secret = SealedTextField(blank=True)

    class Meta(VersionedSettings.Meta):
        db_table = "hook_settings"
        verbose_name_plural = "hook settings"


class CircuitState(models.TextChoices):
    """Whether requests go out."""

    CLOSED = "closed"
    OPEN = "open"  # none, until `retry_at`
    HALF_OPEN = "half_open"  # one, the probe


class Circuit(UuidModel):
    """What keeps requests from a model that fails, or from a whole account (`model` empty) that is refused.

    A missing row is a closed circuit. Times are the database's.
    """

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="circuits")
    model = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=CircuitState.choices, default=CircuitState.CLOSED)
    # errors | slow | rate | no_credit | bad_key | misconfigured
    reason = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    cool_down_s = models.FloatField(default=0)
    # Times it opened since it last stayed closed for a while.
    openings = models.PositiveIntegerField(default=0)
    # Attempts before this do not count against it any more.
    counted_from = models.DateTimeField(null=True)
    probe_attempt_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "provider_circuits"
        constraints = [models.UniqueConstraint(fields=["account", "model"], name="provider_circuits_account_model")]

    def __str__(self) -> str:
        return f"{self.model or 'account'} {self.state}"


class RetirementNotice(UuidModel):
    """That a project was told of the end of a model it uses, `days` before it; 0: on the day."""

    project_id = models.UUIDField()
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    days = models.PositiveSmallIntegerField()
    retires_at = models.DateField()
    replaced_by = models.CharField(max_length=150, blank=True)
    # Outputs of the model that the project asked for in the ninety days before.
    jobs = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "retirement_notices"
        constraints = [
            models.UniqueConstraint(
                fields=["project_id", "provider", "model", "days", "retires_at"], name="retirement_notices_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}: {self.days} days"
