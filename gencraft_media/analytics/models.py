"""Sums that beat keeps, so that no page counts jobs one by one. They can be made again from the rows at any time."""

from django.core.validators import MinValueValidator
from django.db import models

from gencraft_media.common.models import VersionedSettings


class UsageSums(models.Model):
    """What became of one project, user, provider, model and operation. Opaque ids: sums outlive what they count."""

    id = models.BigAutoField(primary_key=True)
    project_id = models.UUIDField()
    user_id = models.UUIDField()
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    operation = models.CharField(max_length=50)
    # Jobs that ended, and how.
    jobs = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    outputs = models.PositiveIntegerField(default=0)
    # US dollars: what providers took (confirmed), what was quoted for that, what clients paid.
    provider_cost = models.DecimalField(max_digits=16, decimal_places=6, default=0)
    quoted_cost = models.DecimalField(max_digits=16, decimal_places=6, default=0)
    revenue = models.DecimalField(max_digits=16, decimal_places=6, default=0)
    # What the delivered outputs of batches would have cost their clients one by one, and what they paid for them.
    single_price = models.DecimalField(max_digits=16, decimal_places=6, default=0)
    batch_revenue = models.DecimalField(max_digits=16, decimal_places=6, default=0)
    batches = models.PositiveIntegerField(default=0)
    credits = models.BigIntegerField(default=0)
    ratings = models.PositiveIntegerField(default=0)
    good_ratings = models.PositiveIntegerField(default=0)
    # Confirmed provider costs, and by how much their quotes were off, whether above or below.
    costs = models.PositiveIntegerField(default=0)
    quote_error = models.DecimalField(max_digits=16, decimal_places=6, default=0)

    class Meta:
        abstract = True


class UsageRollup(UsageSums):
    """One UTC day."""

    day = models.DateField()

    class Meta:
        db_table = "usage_rollups"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "project_id", "user_id", "provider", "model", "operation"], name="usage_rollups_identity"
            )
        ]
        indexes = [models.Index(fields=["project_id", "day"], name="usage_rollups_project_idx")]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}/{self.model}"


class UsageHour(UsageSums):
    """One UTC hour; the sum of its hours is a day. Hours go after some days, days stay."""

    hour = models.DateTimeField()

    class Meta:
        db_table = "usage_hours"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "project_id", "user_id", "provider", "model", "operation"], name="usage_hours_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.provider}/{self.model}"


class LatencySums(models.Model):
    """How many jobs of one provider, model and operation took how long, from request to last picture."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    operation = models.CharField(max_length=50)
    # Whether it is one of those that the promise of 30 s is about: one 1024² picture of standard quality.
    is_standard = models.BooleanField(default=False)
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # Counts by bucket; the bounds are the code's, and a change of them makes all rollups anew.
    buckets = models.JSONField(default=list)

    class Meta:
        abstract = True


class LatencyRollup(LatencySums):
    """One UTC hour; hours go after some days."""

    hour = models.DateTimeField()

    class Meta:
        db_table = "latency_rollups"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "provider", "model", "operation", "is_standard"], name="latency_rollups_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.provider}/{self.model}"


class LatencyDay(LatencySums):
    """One UTC day, the sum of its hours."""

    day = models.DateField()

    class Meta:
        db_table = "latency_days"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "provider", "model", "operation", "is_standard"], name="latency_days_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}/{self.model}"


class CreditRollup(models.Model):
    """The ledger's entries of one UTC hour and kind."""

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    kind = models.CharField(max_length=10)
    credits = models.BigIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "credit_rollups"
        constraints = [models.UniqueConstraint(fields=["hour", "kind"], name="credit_rollups_identity")]

    def __str__(self) -> str:
        return f"{self.hour} {self.kind} {self.credits:+d}"


class StorageFigure(models.Model):
    """What a project keeps in one storage, as it was when somebody last looked: assets go as well as come."""

    id = models.BigAutoField(primary_key=True)
    project_id = models.UUIDField()
    storage_backend = models.CharField(max_length=50)
    assets = models.PositiveIntegerField(default=0)
    # Of what browsers load, and of the originals it was made from.
    size_bytes = models.BigIntegerField(default=0)
    original_bytes = models.BigIntegerField(default=0)

    class Meta:
        db_table = "storage_figures"
        constraints = [
            models.UniqueConstraint(fields=["project_id", "storage_backend"], name="storage_figures_identity")
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.storage_backend}: {self.size_bytes}"


class MinuteProbe(models.Model):
    """Whether the engine answered in a minute: one row a minute, and a minute without one is a minute down."""

    minute = models.DateTimeField(primary_key=True)
    ok = models.BooleanField()
    # What did not answer.
    failing = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "minute_probes"

    def __str__(self) -> str:
        return f"{self.minute} {'ok' if self.ok else self.failing}"


class RollupMark(models.Model):
    """How far a rollup has come: everything that ended before `until` is in it."""

    name = models.CharField(primary_key=True, max_length=50)
    until = models.DateTimeField()

    class Meta:
        db_table = "rollup_marks"

    def __str__(self) -> str:
        return f"{self.name} until {self.until}"


class ReportSettings(VersionedSettings):
    """What reports compare with."""

    # What a picture would cost elsewhere, in US dollars: the other side of the return on investment.
    alternative_price = models.DecimalField(
        max_digits=12, decimal_places=4, default="10", validators=[MinValueValidator(0)]
    )

    class Meta(VersionedSettings.Meta):
        db_table = "report_settings"
        verbose_name_plural = "report settings"
