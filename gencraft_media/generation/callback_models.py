"""What providers told of themselves."""

from django.db import models
from django.db.models.functions import Now

from gencraft_media.common.models import UuidModel


class CallbackEffect(models.TextChoices):
    """What a callback did. Whatever it says, the job itself is read from the provider."""

    READ = "read"  # the accepted job is due to be read at once
    FOUND = "found"  # it named the job of a submission whose answer was lost
    NOTED = "noted"  # it was quicker than the answer to the submission, and has left the job's id
    NONE = "none"  # there was nothing to do any more


class ProviderCallback(UuidModel):
    """One verified callback, as it came; the same one again is counted here. Kept for 30 days.

    Written together with its effect. `headers` are a few that say where it came from, never a secret or a signature.
    """

    provider = models.CharField(max_length=50)
    attempt = models.ForeignKey("generation.GenerationAttempt", on_delete=models.CASCADE, related_name="callbacks")
    # SHA-256 in hexadecimal of attempt and body.
    digest = models.CharField(max_length=64)
    provider_job_id = models.CharField(max_length=255, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    effect = models.CharField(max_length=10, choices=CallbackEffect.choices)
    times_received = models.PositiveIntegerField(default=1)
    last_received_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "provider_callbacks"
        constraints = [
            models.UniqueConstraint(fields=["provider", "digest"], name="provider_callbacks_provider_digest")
        ]
        indexes = [models.Index(fields=["created_at"], name="provider_callbacks_age_idx")]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_job_id}"
