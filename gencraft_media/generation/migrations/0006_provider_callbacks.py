"""Callbacks of providers, as they came."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

from gencraft_media.common.database import RandomUuid


class Migration(migrations.Migration):
    dependencies = [("generation", "0005_told_cost")]

    operations = [
        migrations.CreateModel(
            name="ProviderCallback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=RandomUuid(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                ("provider", models.CharField(max_length=50)),
                ("digest", models.CharField(max_length=64)),
                ("provider_job_id", models.CharField(blank=True, max_length=255)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                (
                    "effect",
                    models.CharField(
                        choices=[("read", "Read"), ("found", "Found"), ("noted", "Noted"), ("none", "None")],
                        max_length=10,
                    ),
                ),
                ("times_received", models.PositiveIntegerField(default=1)),
                ("last_received_at", models.DateTimeField(db_default=Now())),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="callbacks",
                        to="generation.generationattempt",
                    ),
                ),
            ],
            options={
                "db_table": "provider_callbacks",
                "indexes": [models.Index(fields=["created_at"], name="provider_callbacks_age_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=["provider", "digest"], name="provider_callbacks_provider_digest")
                ],
            },
        ),
    ]
