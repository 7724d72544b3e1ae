"""What providers take, and what clients pay on top."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from gencraft_media.common.models import VersionedSettings

_MOST_PACKAGES = 20


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


def require_packages(value: Any) -> None:
    """Raises ValidationError for anything but a list of packages."""
    if not isinstance(value, list) or len(value) > _MOST_PACKAGES:
        raise ValidationError(f"Packages are a list of at most {_MOST_PACKAGES}.")
    for package in value:
        if not isinstance(package, dict) or set(package) != {"credits", "price", "discount"}:
            raise ValidationError("A package has credits, price and discount.")
        if type(package["credits"]) is not int or package["credits"] < 1:
            raise ValidationError("A package has a whole number of credits, at least 1.")
        _require_exact(package["price"], "A price is a text of dollars, 0 or more.", None)
        _require_exact(package["discount"], "A discount is a text of percent, 0 to 100.", Decimal(100))


def _require_exact(value: Any, complaint: str, most: Decimal | None) -> None:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number < 0 or (most is not None and number > most):
        raise ValidationError(complaint)


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
    # What is offered: [{"credits": 1000, "price": "10.00", "discount": "5"}], dollars and percent as exact text.
    credit_packages = models.JSONField(default=list, blank=True, validators=[require_packages])

    class Meta(VersionedSettings.Meta):
        db_table = "pricing_settings"
        verbose_name_plural = "pricing settings"
