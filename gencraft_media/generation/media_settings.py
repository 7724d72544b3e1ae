"""What operators set for what is made: on or off, and what holds where a request is silent."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from gencraft_media.common.models import VersionedSettings


class Quality(models.TextChoices):
    """The qualities that prices know."""

    STANDARD = "standard"
    HD = "hd"


class PictureFormat(models.TextChoices):
    """What pictures are given as."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"


class MediaSettings(VersionedSettings):
    """For a scope: "global", "plan:<key>" or "project:<uuid>". Null and empty: what the next wider scope says."""

    # Whether anything may be generated; what was admitted is finished.
    enabled = models.BooleanField(null=True, blank=True)
    quality = models.CharField(max_length=20, choices=Quality.choices, blank=True)
    format = models.CharField(max_length=10, choices=PictureFormat.choices, blank=True)
    # Of lossy formats, 0-100.
    compression = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(100)])
    # The longest side of what is generated, in pixels; upscales are bounded by their own models.
    max_resolution = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(64), MaxValueValidator(16_384)]
    )
    # `provider/model`, for requests that name neither provider, model nor strategy.
    default_model = models.CharField(max_length=151, blank=True)
    # Days until a picture goes that was not given another time; -1: it stays.
    retention_days = models.IntegerField(
        null=True, blank=True, validators=[MinValueValidator(-1), MaxValueValidator(36_500)]
    )

    class Meta(VersionedSettings.Meta):
        db_table = "media_settings"
        verbose_name_plural = "media settings"
