"""What was delivered, and what providers took for it."""

from django.db import models

from gencraft_media.common.models import UuidModel


class MediaUsage(UuidModel):
    """One delivered output and what it cost its project. Opaque ids: usage outlives assets and users."""

    user_id = models.UUIDField()
    asset_id = models.UUIDField()
    provider = models.CharField(max_length=50)
    operation = models.CharField(max_length=50)
    # The price to the client, after markup and discount, in US dollars.
    cost = models.DecimalField(max_digits=12, decimal_places=6)
    credits_used = models.IntegerField()
    project_id = models.UUIDField()
    job_id = models.UUIDField()
    item_id = models.UUIDField(unique=True)
    external_user_id = models.UUIDField(null=True)
    model = models.CharField(max_length=100)
    units = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    price_version = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "media_usage"
        verbose_name_plural = "media usage"
        indexes = [
            models.Index(fields=["user_id", "created_at"], name="media_usage_user_date_idx"),
            models.Index(fields=["provider"], name="media_usage_provider_idx"),
            models.Index(fields=["project_id", "created_at"], name="media_usage_project_date_idx"),
            models.Index(fields=["job_id"], name="media_usage_job_idx"),
            # For the rollups, which look at what is new.
            models.Index(fields=["created_at"], name="media_usage_created_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.credits_used} credits for {self.asset_id}"


class CostCertainty(models.TextChoices):
    """How sure a provider cost is."""

    CONFIRMED = "confirmed"  # the provider accepted and did the work
    SUSPECTED = "suspected"  # the outcome is unknown; a person has to look
    DISMISSED = "dismissed"  # a person looked: the provider took nothing


class ProviderCost(UuidModel):
    """What a provider took, or may have taken, for one attempt, in US dollars. Never shown to users."""

    attempt_id = models.UUIDField(unique=True)
    job_id = models.UUIDField()
    account_id = models.UUIDField(null=True)
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    operation = models.CharField(max_length=50)
    certainty = models.CharField(max_length=10, choices=CostCertainty.choices)
    quoted = models.DecimalField(max_digits=12, decimal_places=6)
    amount = models.DecimalField(max_digits=12, decimal_places=6)
    settled_by = models.UUIDField(null=True)
    settled_note = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "provider_costs"
        indexes = [
            models.Index(fields=["provider", "created_at"], name="provider_costs_date_idx"),
            models.Index(fields=["created_at"], name="provider_costs_created_idx"),
            # What waits for a person's word.
            models.Index(
                fields=["created_at"],
                name="provider_costs_suspected_idx",
                condition=models.Q(certainty="suspected"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certainty} {self.amount} at {self.provider}"
