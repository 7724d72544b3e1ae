"""Providers, their models and our accounts."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import gencraft_media.common.database
import gencraft_media.common.sealed


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CatalogueVersion",
            fields=[
                ("version", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("document", models.JSONField(default=dict)),
                ("loaded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "catalogue_versions",
            },
        ),
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("key", models.SlugField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=100)),
                ("enabled", models.BooleanField(default=True)),
                ("default_model", models.CharField(blank=True, max_length=100)),
                ("key_variable", models.CharField(blank=True, max_length=100)),
                ("needs_key", models.BooleanField(default=True)),
                (
                    "documentation",
                    models.CharField(
                        blank=True, max_length=200, validators=[django.core.validators.URLValidator(["https"])]
                    ),
                ),
            ],
            options={
                "db_table": "providers",
            },
        ),
        migrations.CreateModel(
            name="ProviderAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=gencraft_media.common.database.RandomUuid(),
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("label", models.CharField(default="default", max_length=100)),
                ("enabled", models.BooleanField(default=True)),
                ("api_key", gencraft_media.common.sealed.SealedTextField(blank=True)),
                ("organization", models.CharField(blank=True, max_length=200)),
                (
                    "base_url",
                    models.CharField(
                        blank=True, max_length=200, validators=[django.core.validators.URLValidator(["https", "http"])]
                    ),
                ),
                ("requests_per_minute", models.IntegerField(default=-1)),
                ("concurrent_requests", models.IntegerField(default=-1)),
                ("spend_per_day", models.DecimalField(decimal_places=2, default=-1, max_digits=12)),
                ("priority", models.IntegerField(default=0)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="accounts", to="providers.provider"
                    ),
                ),
            ],
            options={
                "db_table": "provider_accounts",
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "label"), name="provider_accounts_provider_label")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderModel",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("label", models.CharField(max_length=100)),
                ("enabled", models.BooleanField(default=True)),
                ("operations", models.JSONField(default=list)),
                ("limits", models.JSONField(default=dict)),
                ("aliases", models.JSONField(blank=True, default=list)),
                ("typical_seconds", models.PositiveIntegerField(default=15)),
                ("available_from", models.DateField(blank=True, null=True)),
                ("retires_at", models.DateField(blank=True, null=True)),
                ("replaced_by", models.CharField(blank=True, max_length=150)),
                ("notes", models.TextField(blank=True)),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="models", to="providers.provider"
                    ),
                ),
            ],
            options={
                "db_table": "provider_models",
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "name"), name="provider_models_provider_name")
                ],
            },
        ),
    ]
