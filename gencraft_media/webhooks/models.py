"""Who is told of what: endpoints, secrets, deliveries and the log of their attempts."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from gencraft_media.accounts.models import Project, User
from gencraft_media.common.models import UuidModel, VersionedSettings
from gencraft_media.common.sealed import SealedTextField

LONGEST_URL = 2048
_DAY_S = 86_400
# Seconds before each attempt, the first one included: three days in all (Standard Webhooks 1.0.0).
_SCHEDULE_S = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)


def standard_schedule() -> list[int]:
    """The schedule that holds while nobody has changed it."""
    return list(_SCHEDULE_S)


def require_schedule(value: Any) -> None:
    """Raises ValidationError for anything but a list of waits."""
    if not isinstance(value, list) or not 1 <= len(value) <= 30:
        raise ValidationError("A schedule is a list of 1 to 30 waits.")
    if not all(type(wait) is int and 0 <= wait <= 7 * _DAY_S for wait in value):
        raise ValidationError("Each wait is a whole number of seconds, at most a week.")


class WebhookSettings(VersionedSettings):
    """How deliveries are tried and how long they are remembered."""

    schedule_s = models.JSONField(default=standard_schedule, validators=[require_schedule])
    jitter_percent = models.PositiveSmallIntegerField(default=10, validators=[MaxValueValidator(50)])
    # For a whole exchange, looking the name up included.
    timeout_s = models.PositiveSmallIntegerField(default=15, validators=[MinValueValidator(1), MaxValueValidator(30)])
    # How long nothing goes to an endpoint that answered 429, 502 or 504 and did not say how long to wait.
    throttle_s = models.PositiveIntegerField(default=60, validators=[MaxValueValidator(_DAY_S)])
    disable_after_days = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1)])
    keep_days = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(1)])

    class Meta(VersionedSettings.Meta):
        db_table = "webhook_settings"
        verbose_name_plural = "webhook settings"


class WebhookPause(VersionedSettings):
    """Whether deliveries wait, for a scope: "global" or "project:<uuid>". Null: what the next wider scope says."""

    paused = models.BooleanField(null=True, blank=True)

    class Meta(VersionedSettings.Meta):
        db_table = "webhook_pauses"
        verbose_name_plural = "webhook pauses"


class SigningSecret(models.Model):
    """A secret and, for a while after a rotation, the one before it."""

    secret = SealedTextField()
    previous_secret = SealedTextField(blank=True)
    previous_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def secrets_at(self, now: datetime) -> list[str]:
        """Those that sign at that time, newest first."""
        overlapping = self.previous_secret and self.previous_until is not None and now < self.previous_until
        return [self.secret, self.previous_secret] if overlapping else [self.secret]


class DisabledReason(models.TextChoices):
    """Why nothing is sent to an endpoint."""

    MANUAL = "manual"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # days of nothing but failures


class WebhookEndpoint(UuidModel, SigningSecret):
    """An address of a project that is told of its events."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=LONGEST_URL)
    description = models.CharField(max_length=200, blank=True)
    # Types, groups ("job.*") or "*".
    events = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    enabled = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason.choices, blank=True)
    # Since the last success.
    failing_since = models.DateTimeField(null=True, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    # Its last answer took long: it gets its turns among those in trouble.
    is_slow = models.BooleanField(default=False)
    # It asked for fewer requests: nothing new is due there before.
    paused_until = models.DateTimeField(null=True, blank=True)
    # Of its own domain events, counted under this row's lock.
    event_count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "webhook_endpoints"
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="webhook_endpoints_page_idx")]

    def __str__(self) -> str:
        return f"endpoint {self.pk}"


class ProjectSigningSecret(SigningSecret):
    """What signs the webhooks of single jobs; made on first use."""

    project = models.OneToOneField(
        Project, primary_key=True, on_delete=models.CASCADE, related_name="webhook_signing_secret"
    )

    class Meta:
        db_table = "webhook_project_secrets"

    def __str__(self) -> str:
        return f"secret of {self.project_id}"


class JobWebhook(UuidModel):
    """The `webhookUrl` of one job. The job is opaque here: its app stands above this one."""

    job_id = models.UUIDField(unique=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=LONGEST_URL)
    # The same for all jobs of a project that name the same host: they share its few requests at once.
    lane = models.UUIDField()

    class Meta:
        db_table = "webhook_jobs"
        indexes = [models.Index(fields=["created_at"], name="webhook_jobs_created_idx")]

    def __str__(self) -> str:
        return f"webhook of job {self.job_id}"


class WebhookCursor(models.Model):
    """Up to which of its events a project's deliveries have been written. Never removed while the project is there."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    class Meta:
        db_table = "webhook_cursors"

    def __str__(self) -> str:
        return f"{self.project_id} up to {self.number}"


class DeliveryState(models.TextChoices):
    """What became of a message to one receiver. Only a replay leads out of the last three."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"  # the schedule is used up
    CANCELED = "canceled"  # its endpoint is disabled


class WebhookDelivery(UuidModel):
    """One message for one receiver, with whatever it needs to be sent again exactly as before."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="+")
    endpoint = models.ForeignKey(
        WebhookEndpoint, null=True, on_delete=models.CASCADE, db_index=False, related_name="deliveries"
    )
    job_webhook = models.ForeignKey(
        JobWebhook, null=True, on_delete=models.CASCADE, db_index=False, related_name="deliveries"
    )
    # The domain event; None for a test.
    event_id = models.BigIntegerField(null=True)
    # What the event is about, a job more often than not.
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.UUIDField(null=True)
    type = models.CharField(max_length=64)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    # Those that share the requests that one receiver is given at once.
    lane = models.UUIDField()
    attempt_count = models.PositiveIntegerField(default=0)
    # Attempts since the schedule last began.
    step = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    hinted_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=40, blank=True)

    # Set by `claims.claim`, from the database's clock.
    claimed_at: datetime

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_deliveries_endpoint_event"),
            models.UniqueConstraint(fields=["job_webhook", "event_id"], name="webhook_deliveries_job_event"),
            models.CheckConstraint(
                condition=Q(endpoint__isnull=True) ^ Q(job_webhook__isnull=True), name="webhook_deliveries_one_target"
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="webhook_deliveries_due_idx", condition=Q(state="pending")),
            models.Index(fields=["project", "-created_at", "-id"], name="webhook_deliveries_page_idx"),
            models.Index(fields=["endpoint", "state", "created_at"], name="webhook_deliveries_replay_idx"),
            models.Index(fields=["subject_id"], name="webhook_deliveries_subject_idx"),
            models.Index(fields=["created_at"], name="webhook_deliveries_created_idx"),
            models.Index(fields=["created_at"], name="webhook_deliveries_failed_idx", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"

    @property
    def message_id(self) -> str:
        """`webhook-id`: the same for every attempt, so that receivers can tell a repetition."""
        return f"msg_{self.pk.hex}"

    @property
    def url(self) -> str:
        """Where it goes as things are now."""
        target = self.endpoint or self.job_webhook
        return target.url if target is not None else ""


class WebhookAttempt(models.Model):
    """One request of a delivery and what came back."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, db_index=False, related_name="attempts")
    # Of the delivery's attempts, those of which nothing was written down because the sender died left out.
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    # Without the signatures: whoever reads the log must not be able to send the message himself.
    request_headers = models.JSONField(default=dict)
    body_sha256 = models.CharField(max_length=64)
    body_size = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    # The first kilobyte, redacted.
    answer = models.TextField(blank=True)
    # "" for a success.
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "webhook_attempts"
        ordering = ["id"]
        indexes = [models.Index(fields=["delivery", "id"], name="webhook_attempts_delivery_idx")]

    def __str__(self) -> str:
        return f"attempt {self.number}"
