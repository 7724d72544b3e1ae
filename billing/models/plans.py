"""What owners and requesters may have: plans, quotas, and how much of them is used."""

from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models

from gencraft_media.common.models import UuidModel, VersionedSettings

UNLIMITED = -1
_FEW = 20


class Plan(models.Model):
    """What an owner's subscription allows; -1 is unlimited."""

    key = models.SlugField(primary_key=True, max_length=30)
    label = models.CharField(max_length=100)
    # Delivered outputs a month, counted per requester.
    monthly_outputs = models.IntegerField(default=UNLIMITED)
    # Granted at the start of each period; what is not spent expires with it.
    monthly_credits = models.PositiveIntegerField(default=0)
    concurrent_jobs = models.IntegerField(default=UNLIMITED)
    # Turns its projects get for each turn of a project of weight 1, where slots are scarce.
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    # `credits.low` is told below so many available credits; empty: a tenth of the month's, at least 20. 0: never.
    low_credits = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        db_table = "plans"

    def __str__(self) -> str:
        return self.label

    @property
    def low_below(self) -> int:
        """Fewer available credits than this are few."""
        return max(_FEW, self.monthly_credits // 10) if self.low_credits is None else self.low_credits


class QuotaSettings(VersionedSettings):
    """Outputs each requester may receive whatever the plan; -1 is unlimited."""

    user_daily = models.IntegerField(default=UNLIMITED, validators=[MinValueValidator(UNLIMITED)])
    user_monthly = models.IntegerField(default=UNLIMITED, validators=[MinValueValidator(UNLIMITED)])

    class Meta(VersionedSettings.Meta):
        db_table = "quota_settings"
        verbose_name_plural = "quota settings"


class SpendSettings(VersionedSettings):
    """How many credits a project may spend, for a scope: "global", "plan:<key>" or "project:<uuid>".

    -1 is unlimited; null: what the next wider scope says.
    """

    credits_per_day = models.IntegerField(null=True, blank=True, validators=[MinValueValidator(UNLIMITED)])
    credits_per_month = models.IntegerField(null=True, blank=True, validators=[MinValueValidator(UNLIMITED)])

    class Meta(VersionedSettings.Meta):
        db_table = "spend_settings"
        verbose_name_plural = "spend settings"


class SpendCounter(models.Model):
    """Credits taken from a project's payer for its jobs, in one day or month of UTC. What is held is not in it."""

    id = models.BigAutoField(primary_key=True)
    # Opaque: money outlives projects.
    project_id = models.UUIDField()
    period = models.CharField(max_length=16)  # "day:2026-11-22" or "month:2026-11"
    spent = models.BigIntegerField(default=0)

    class Meta:
        db_table = "spend_counters"
        constraints = [models.UniqueConstraint(fields=["project_id", "period"], name="spend_counters_project_period")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.period}: {self.spent}"


class QuotaCounter(models.Model):
    """Outputs delivered to, and reserved for, one requester in one day or month."""

    id = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=64)  # "user:<uuid>" or "external:<uuid>"
    period = models.CharField(max_length=16)  # "day:2026-11-22" or "month:2026-11", UTC
    delivered = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    # Of its own domain events, counted under this row's lock.
    event_count = models.PositiveIntegerField(default=0, db_default=0)
    # The largest number of outputs that an event was told about.
    told = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "quota_counters"
        constraints = [models.UniqueConstraint(fields=["subject", "period"], name="quota_counters_subject_period")]
        # Who is near the limit this month. Nothing that an admission changes is in an index.
        indexes = [models.Index(fields=["period"], name="quota_counters_period_idx")]

    def __str__(self) -> str:
        return f"{self.subject} {self.period}: {self.delivered} + {self.reserved}"


class QuotaReservation(UuidModel):
    """Outputs a job may still deliver, counted against its requester until the job ends."""

    job_id = models.UUIDField(unique=True)
    subject = models.CharField(max_length=64)
    periods = models.JSONField()
    units = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField(null=True)
    resolved_at = models.DateTimeField(null=True)

    # Set where the row is locked: the database's time.
    now: datetime

    class Meta:
        db_table = "quota_reservations"
        indexes = [
            models.Index(
                fields=["subject"], name="quota_reservations_open_idx", condition=models.Q(resolved_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.units} outputs for job {self.job_id}"
