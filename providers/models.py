"""Who can make it: providers, their models (the catalogue as rows), and our accounts with them."""

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models.functions import Now

from gencraft_media.common.models import UuidModel
from gencraft_media.common.sealed import SealedTextField


class Provider(models.Model):
    """A vendor, or `sim`. Rows come from the versioned catalogue file and are edited in the admin."""

    key = models.SlugField(primary_key=True, max_length=50)
    label = models.CharField(max_length=100)
    # Which adapter speaks to it; empty: the one of its own name. Set where an operator added a server.
    kind = models.CharField(max_length=50, blank=True)
    enabled = models.BooleanField(default=True)
    default_model = models.CharField(max_length=100, blank=True)
    # The environment variable that holds this provider's key, named in `provider_not_configured`.
    key_variable = models.CharField(max_length=100, blank=True)
    needs_key = models.BooleanField(default=True)
    documentation = models.CharField(max_length=200, blank=True, validators=[URLValidator(["https"])])

    class Meta:
        db_table = "providers"

    def __str__(self) -> str:
        return self.label


class ProviderModel(models.Model):
    """One model of a provider: what it can do, within which limits, from when until when, under which names."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    operations = models.JSONField(default=list)
    # See providers/catalogue.py for the shape: sizes, qualities, options with ranges, outputs per call.
    limits = models.JSONField(default=dict)
    aliases = models.JSONField(default=list, blank=True)
    # Seed for estimates until there is measured history.
    typical_seconds = models.PositiveIntegerField(default=15)
    available_from = models.DateField(null=True, blank=True)
    retires_at = models.DateField(null=True, blank=True)
    replaced_by = models.CharField(max_length=150, blank=True)
    notes = models.TextField(blank=True)
    # Whether it may be chosen; others have to be named.
    routable = models.BooleanField(default=True)
    # How good its pictures are held to be before anybody here rated any, 0-1, and who says so.
    quality_prior = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    quality_source = models.CharField(max_length=300, blank=True)
    # What an adapter has to know of a model that an operator added (docs/custom-models.md).
    wiring = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "provider_models"
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="provider_models_provider_name")]

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.name}"


class CustomModel(ProviderModel):
    """A model on a server of the operator's own; its provider has a kind."""

    class Meta:
        proxy = True


class CatalogueVersion(models.Model):
    """A catalogue file that was loaded, so that loading it again changes nothing an operator edited."""

    version = models.CharField(max_length=32, primary_key=True)
    digest = models.CharField(max_length=64)
    # What the file said: a row that still says so was not edited.
    document = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "catalogue_versions"

    def __str__(self) -> str:
        return self.version


class ProviderAccount(UuidModel):
    """One account of ours with a provider: its sealed key and the limits all workers together keep. -1 = unlimited."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="accounts")
    label = models.CharField(max_length=100, default="default")
    enabled = models.BooleanField(default=True)
    api_key = SealedTextField(blank=True)
    organization = models.CharField(max_length=200, blank=True)
    base_url = models.CharField(max_length=200, blank=True, validators=[URLValidator(["https", "http"])])
    requests_per_minute = models.IntegerField(default=-1)
    concurrent_requests = models.IntegerField(default=-1)
    spend_per_day = models.DecimalField(max_digits=12, decimal_places=2, default=-1)
    priority = models.IntegerField(default=0)

    class Meta:
        db_table = "provider_accounts"
        constraints = [models.UniqueConstraint(fields=["provider", "label"], name="provider_accounts_provider_label")]

    def __str__(self) -> str:
        return f"{self.provider_id} ({self.label})"
