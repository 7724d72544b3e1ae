"""Sums by day and hour, and whether each minute was up."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MinuteProbe",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("ok", models.BooleanField()),
                ("failing", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "minute_probes",
            },
        ),
        migrations.CreateModel(
            name="RollupMark",
            fields=[
                ("name", models.CharField(max_length=50, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "rollup_marks",
            },
        ),
        migrations.CreateModel(
            name="LatencyRollup",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                ("is_standard", models.BooleanField(default=False)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("buckets", models.JSONField(default=list)),
            ],
            options={
                "db_table": "latency_rollups",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "provider", "model", "operation", "is_standard"),
                        name="latency_rollups_identity",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageRollup",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("project_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                ("jobs", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("outputs", models.PositiveIntegerField(default=0)),
                ("provider_cost", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("quoted_cost", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("revenue", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("single_price", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("credits", models.BigIntegerField(default=0)),
                ("ratings", models.PositiveIntegerField(default=0)),
                ("good_ratings", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "usage_rollups",
                "indexes": [models.Index(fields=["project_id", "day"], name="usage_rollups_project_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "project_id", "user_id", "provider", "model", "operation"),
                        name="usage_rollups_identity",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportSettings",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(default="global", max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "alternative_price",
                    models.DecimalField(
                        decimal_places=4,
                        default="10",
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "report settings",
                "db_table": "report_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="reportsettings_scope_version")
                ],
            },
        ),
    ]
