"""The engine's records: jobs, their items, the attempts that serve them, idempotency keys."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from assets.models import MediaAsset
from gencraft_media.accounts.models import ExternalUser, Project, User
from gencraft_media.common.database import RandomUuid
from gencraft_media.common.models import DomainEvent, UuidModel
from gencraft_media.generation.audit_models import AuditRun
from gencraft_media.generation.call_models import CallState, CompatibleCall
from gencraft_media.generation.callback_models import CallbackEffect, ProviderCallback
from gencraft_media.generation.input_models import JobInput
from gencraft_media.generation.media_settings import MediaSettings, PictureFormat, Quality
from gencraft_media.generation.routing_models import (
    Circuit,
    CircuitState,
    HookSettings,
    QualitySettings,
    RetirementNotice,
    RoutingSettings,
    Strategy,
)
from gencraft_media.generation.states import AttemptState, ItemStatus, JobStatus
from providers.models import ProviderAccount

__all__ = [
    "AttemptItem",
    "AuditRun",
    "CallState",
    "CallbackEffect",
    "Circuit",
    "CircuitState",
    "CompatibleCall",
    "GenerationAttempt",
    "GenerationItem",
    "GenerationJob",
    "HookSettings",
    "IdempotencyRecord",
    "JobInput",
    "MediaSettings",
    "PictureFormat",
    "ProviderCallback",
    "Quality",
    "QualitySettings",
    "RetirementNotice",
    "RoutingSettings",
    "Strategy",
]


class GenerationJob(models.Model):
    """One accepted request."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUuid(), editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, db_index=False, related_name="jobs")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="jobs")
    provider = models.CharField(max_length=50)
    operation = models.CharField(max_length=50)
    # The request as fitted to the model; `receipt` and `adaptations` say how it came to this.
    params = models.JSONField(encoder=DjangoJSONEncoder)
    status = models.CharField(max_length=20, choices=JobStatus.choices, default=JobStatus.QUEUED)
    progress = models.IntegerField(default=0, db_default=0, null=True)
    result = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    error = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_default=Now(), null=True)
    completed_at = models.DateTimeField(null=True)
    # Ours:
    model = models.CharField(max_length=100)
    batch_size = models.PositiveSmallIntegerField(default=1)
    external_user = models.ForeignKey(ExternalUser, null=True, on_delete=models.SET_NULL, related_name="jobs")
    api_key_id = models.UUIDField(null=True)
    strategy = models.CharField(max_length=20, choices=Strategy.choices, default=Strategy.BALANCED)
    # Who was asked for: "auto", a name, or several with commas between them.
    requested_provider = models.CharField(max_length=500, default="auto")
    # The request before it was fitted to a model, and the bounds of the choice: what a fallback starts from. Empty
    # where none may step in.
    wish = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    receipt = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    adaptations = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    quote = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    # What the client owes if every item is delivered, in US dollars after markup and discount.
    quoted_total = models.DecimalField(max_digits=12, decimal_places=6)
    # What the provider is expected to take, in US dollars; never shown to clients.
    quoted_provider_cost = models.DecimalField(max_digits=12, decimal_places=6)
    price_version = models.CharField(max_length=64, blank=True)
    # Which billing account pays; opaque there, so that a deleted owner does not take the money records along.
    payer_id = models.UUIDField()
    credits_charged = models.IntegerField(default=0)
    # What the delivered outputs owe so far, unrounded.
    delivered_total = models.DecimalField(max_digits=24, decimal_places=12, default=0)
    delivered_count = models.PositiveSmallIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    deadline_at = models.DateTimeField()
    cancel_requested_at = models.DateTimeField(null=True)
    tags = models.JSONField(default=list)
    alt_text = models.CharField(max_length=1000, blank=True)
    metadata = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    asset_expires_at = models.DateTimeField(null=True)
    # How its pictures are delivered, as far as they can be; the compression is its encoder's quality, 0-100.
    picture_format = models.CharField(
        max_length=10, choices=PictureFormat.choices, default=PictureFormat.WEBP, db_default=PictureFormat.WEBP.value
    )
    compression = models.PositiveSmallIntegerField(default=82, db_default=82)
    event_count = models.PositiveIntegerField(default=0)
    progress_event_at = models.DateTimeField(null=True)

    # Those of a job that was just written, so that they need not be read again.
    known_items: "Sequence[GenerationItem] | None" = None

    class Meta:
        db_table = "media_generation_jobs"
        indexes = [
            models.Index(fields=["user", "status"], name="media_jobs_user_status_idx"),
            models.Index(fields=["-created_at"], name="media_jobs_created_idx"),
            models.Index(fields=["project", "-created_at", "-id"], name="media_jobs_project_page_idx"),
            models.Index(fields=["completed_at"], name="media_jobs_completed_idx"),
            # Counted under the payer's lock at every admission.
            models.Index(
                fields=["payer_id"], name="media_jobs_running_idx", condition=Q(status__in=["queued", "processing"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.id}"

    @cached_property
    def pending_events(self) -> list[DomainEvent]:
        """Events told in this transaction and not yet written."""
        return []


class GenerationItem(UuidModel):
    """One wanted output of a job."""

    job = models.ForeignKey(GenerationJob, on_delete=models.CASCADE, related_name="items")
    index = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20, choices=ItemStatus.choices, default=ItemStatus.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)
    seed = models.BigIntegerField(null=True)
    # How often it was made once more because what came was not good enough.
    quality_retries = models.PositiveSmallIntegerField(default=0)
    asset = models.ForeignKey(MediaAsset, null=True, on_delete=models.SET_NULL, related_name="+")
    error = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "media_generation_items"
        constraints = [models.UniqueConstraint(fields=["job", "index"], name="media_items_job_index")]

    def __str__(self) -> str:
        return f"item {self.index} of {self.job_id}"


class GenerationAttempt(UuidModel):
    """One provider submission serving a fixed list of items. Its lease and fence say who may touch it."""

    job = models.ForeignKey(GenerationJob, on_delete=models.CASCADE, related_name="attempts")
    project_id = models.UUIDField()
    account = models.ForeignKey(ProviderAccount, null=True, on_delete=models.SET_NULL, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    # How many attempts its items have had, this one included.
    tries = models.PositiveSmallIntegerField(default=1)
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    operation = models.CharField(max_length=50)
    # The request as fitted to another model than the job's first one; null: as the job has it.
    own_params = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    # What the client owes for one output of it, in US dollars; null: an equal share of the job's quote.
    own_share = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    state = models.CharField(max_length=12, choices=AttemptState.choices, default=AttemptState.PLANNED)
    recovery = models.CharField(max_length=12)
    priority = models.SmallIntegerField(default=0)

    # When the next step is due; the dispatcher pushes it forward when it publishes a hint, a lost hint is due again.
    next_step_at = models.DateTimeField(db_default=Now())
    hinted_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    # Claims since a step last came to its end: one that kills its worker again and again is given up.
    claims = models.PositiveSmallIntegerField(default=0)

    submitted_at = models.DateTimeField(null=True)
    # Above 1 only where the same request went out again under the same key, to learn its outcome.
    submissions = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True)
    # When the provider's part was over: its outputs were ours.
    landed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    unknown_since = models.DateTimeField(null=True)
    request_digest = models.CharField(max_length=64, blank=True)
    provider_job_id = models.CharField(max_length=255, blank=True)
    poll_url = models.CharField(max_length=1000, blank=True)
    cancel_sent_at = models.DateTimeField(null=True)
    quoted_cost = models.DecimalField(max_digits=12, decimal_places=6)
    # What the provider said that it takes when it accepted, in US dollars; None where it says it at the end or never.
    told_cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    error = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    # Set by `leases.claim`, from the database's clock.
    claimed_at: datetime
    claimed_monotonic_s: float
    is_past_deadline: bool

    items: "models.ManyToManyField[GenerationItem, AttemptItem]" = models.ManyToManyField(
        GenerationItem, through="AttemptItem", related_name="attempts"
    )

    class Meta:
        db_table = "media_generation_attempts"
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="media_attempts_job_number")]
        indexes = [
            models.Index(
                fields=["next_step_at"],
                name="media_attempts_due_idx",
                condition=Q(state__in=["planned", "submitting", "unknown", "accepted", "landed"]),
            ),
            models.Index(fields=["account", "state"], name="media_attempts_account_idx"),
            models.Index(fields=["account", "submitted_at"], name="media_attempts_sent_idx"),
            models.Index(
                fields=["account", "model", "operation", "-created_at"],
                name="media_attempts_calls_idx",
                condition=Q(state__in=["landed", "settled", "rejected", "failed", "lost"]),
            ),
            models.Index(
                fields=["provider", "provider_job_id"],
                name="media_attempts_remote_idx",
                condition=~Q(provider_job_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.job_id}"

    @property
    def params(self) -> dict[str, Any]:
        """The request as fitted to the attempt's model."""
        params: dict[str, Any] = self.job.params if self.own_params is None else self.own_params
        return params


class AttemptItem(models.Model):
    """Which items an attempt serves, and the original bytes that landed for each."""

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(GenerationAttempt, on_delete=models.CASCADE, related_name="served")
    item = models.ForeignKey(GenerationItem, on_delete=models.CASCADE, related_name="serving")
    position = models.PositiveSmallIntegerField()
    # An item is served by at most one live attempt, and the database sees to it.
    live = models.BooleanField(default=True)
    original_key = models.CharField(max_length=500, blank=True)
    original_sha256 = models.CharField(max_length=64, blank=True)
    original_size = models.BigIntegerField(default=0)
    seed = models.BigIntegerField(null=True)
    # Why this one output of the answer is missing, where the provider refused it alone.
    error = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        db_table = "media_generation_attempt_items"
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(live=True), name="media_attempt_items_one_live"),
            models.UniqueConstraint(fields=["attempt", "position"], name="media_attempt_items_position"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.position} of {self.attempt_id}"


class IdempotencyRecord(models.Model):
    """One Idempotency-Key of one caller, and the job it made."""

    id = models.BigAutoField(primary_key=True)
    # The caller: a key someone else guesses must not reveal another project's job.
    scope = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    job = models.ForeignKey(GenerationJob, on_delete=models.CASCADE, related_name="idempotency")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_records"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_records_scope_key")]

    def __str__(self) -> str:
        return self.key
