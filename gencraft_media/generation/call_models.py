"""Calls of clients that repeat themselves without an Idempotency-Key."""

from django.db import models
from django.db.models.functions import Now


class CallState(models.TextChoices):
    """What became of the latest request of a call."""

    OPEN = "open"  # in hand, or its process died
    DROPPED = "dropped"  # its client was seen to go before the answer
    REFUSED = "refused"  # sent away for a while, before anything was made
    ANSWERED = "answered"


class CompatibleCall(models.Model):
    """One call of a client that repeats its requests without saying of which call they are the repetition.

    The official OpenAI clients do: they count (`x-stainless-retry-count`) and send no key. Each request of a call takes
    the row over from the one before, and only who has it may make the call's one job.
    """

    id = models.BigAutoField(primary_key=True)
    # Whose call it is: a repetition from elsewhere is not one.
    scope = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    # The count of the request that has the row.
    retry_count = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.OPEN)
    job = models.ForeignKey(
        "generation.GenerationJob", null=True, on_delete=models.CASCADE, related_name="compatible_calls"
    )
    # When the state last changed.
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "compatible_calls"
        indexes = [models.Index(fields=["scope", "fingerprint"], name="compatible_calls_repeat_idx")]

    def __str__(self) -> str:
        return f"call {self.pk} of {self.scope}"
