"""Choosing among models, stepping in for one that fails, and keeping requests from one that is down."""

import uuid

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database
import gencraft_media.common.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0008_inputs_and_callbacks_on_delete"),
        ("providers", "0002_kinds_and_priors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="generationattempt",
            name="landed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="generationattempt",
            name="own_params",
            field=models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
        ),
        migrations.AddField(
            model_name="generationattempt",
            name="own_share",
            field=models.DecimalField(decimal_places=12, max_digits=24, null=True),
        ),
        migrations.AddField(
            model_name="generationitem",
            name="quality_retries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="delivered_total",
            field=models.DecimalField(decimal_places=12, default=0, max_digits=24),
        ),
        migrations.AddField(
            model_name="generationjob",
            name="wish",
            field=models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
        migrations.AlterField(
            model_name="generationjob",
            name="requested_provider",
            field=models.CharField(default="auto", max_length=500),
        ),
        migrations.AlterField(
            model_name="generationjob",
            name="strategy",
            field=models.CharField(
                choices=[("cheapest", "Cheapest"), ("fastest", "Fastest"), ("best", "Best"), ("balanced", "Balanced")],
                default="balanced",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="RetirementNotice",
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
                ("project_id", models.UUIDField()),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("days", models.PositiveSmallIntegerField()),
                ("retires_at", models.DateField()),
                ("replaced_by", models.CharField(blank=True, max_length=150)),
                ("jobs", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "retirement_notices",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project_id", "provider", "model", "days", "retires_at"), name="retirement_notices_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Circuit",
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
                ("model", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[("closed", "Closed"), ("open", "Open"), ("half_open", "Half Open")],
                        default="closed",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("opened_at", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("cool_down_s", models.FloatField(default=0)),
                ("openings", models.PositiveIntegerField(default=0)),
                ("counted_from", models.DateTimeField(null=True)),
                ("probe_attempt_id", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="circuits",
                        to="providers.provideraccount",
                    ),
                ),
            ],
            options={
                "db_table": "provider_circuits",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "model"), name="provider_circuits_account_model")
                ],
            },
        ),
        migrations.CreateModel(
            name="HookSettings",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(default="global", max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("target", models.CharField(blank=True, max_length=500)),
                ("secret", gencraft_media.common.sealed.SealedTextField(blank=True)),
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
                "verbose_name_plural": "hook settings",
                "db_table": "hook_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="hooksettings_scope_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="QualitySettings",
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
                    "threshold",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                    ),
                ),
                (
                    "retries",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MaxValueValidator(2)]
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
                "verbose_name_plural": "quality settings",
                "db_table": "quality_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="qualitysettings_scope_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingSettings",
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
                    "strategy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("cheapest", "Cheapest"),
                            ("fastest", "Fastest"),
                            ("best", "Best"),
                            ("balanced", "Balanced"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "max_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "max_seconds",
                    models.FloatField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(0.1)]
                    ),
                ),
                ("allow", models.JSONField(blank=True, null=True)),
                ("deny", models.JSONField(blank=True, null=True)),
                ("fallback", models.BooleanField(blank=True, null=True)),
                ("fallback_after_moderation", models.BooleanField(blank=True, null=True)),
                (
                    "fallback_extra_percent",
                    models.PositiveIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MaxValueValidator(1000)]
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
                "verbose_name_plural": "routing settings",
                "db_table": "routing_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="routingsettings_scope_version")
                ],
            },
        ),
    ]
