"""What providers take, and what clients pay on top."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from gencraft_media.common.models import VersionedSettings


class PriceKind(models.TextChoices):
    """The unit a price line is counted in."""

    IMAGE = "image"
    MEGAPIXEL = "megapixel"
    SECOND = "second"
    FRAME = "frame"
    TOKEN = "token"  # noqa: S105 (a unit, no secret)
    STEP = "step"
    CALL = "call"


class PriceLine(models.Model):
    """What a provider takes for one unit, from a date on. Lines are added, never changed: old jobs keep old prices."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    operation = models.CharField(max_length=50)
    kind = models.CharField(max_length=20, choices=PriceKind.choices, default=PriceKind.IMAGE)
    # "" is the default line; else a resolution ("1024x1792"), a quality ("hd") or both ("1024x1024:hd").
    key = models.CharField(max_length=50, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=10, validators=[MinValueValidator(0)])
    # What quality "hd" multiplies this line by; a line whose key names the quality carries 1.
    hd_multiplier = models.DecimalField(max_digits=6, decimal_places=3, default=2)
    effective_from = models.DateTimeField()
    source = models.CharField(max_length=500)
    # What else the formula needs: {"first": "0.03", "further": "0.015"} for megapixels, token rates, minimums.
    parameters = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "price_lines"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "model", "operation", "kind", "key", "effective_from"], name="price_lines_identity"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_lines_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}/{self.model} {self.operation} {self.key or self.kind} {self.amount}"


class PricingSettings(VersionedSettings):
    """Markup on provider cost and the batch discount."""

    markup_percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    # The specification's formula: 5 % for each image after the first, at most 25 %.
    batch_discount_step = models.DecimalField(
        max_digits=5, decimal_places=4, default="0.05", validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    batch_discount_cap = models.DecimalField(
        max_digits=5, decimal_places=4, default="0.25", validators=[MinValueValidator(0), MaxValueValidator(1)]
    )

    class Meta(VersionedSettings.Meta):
        db_table = "pricing_settings"
        verbose_name_plural = "pricing settings"
