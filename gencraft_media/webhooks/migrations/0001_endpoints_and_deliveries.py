"""Endpoints, secrets, webhooks of jobs, cursors, deliveries with their attempts, and settings."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database
import gencraft_media.common.sealed
import gencraft_media.webhooks.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_users_projects_and_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProjectSigningSecret",
            fields=[
                ("secret", gencraft_media.common.sealed.SealedTextField()),
                ("previous_secret", gencraft_media.common.sealed.SealedTextField(blank=True)),
                ("previous_until", models.DateTimeField(blank=True, null=True)),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="webhook_signing_secret",
                        serialize=False,
                        to="accounts.project",
                    ),
                ),
            ],
            options={
                "db_table": "webhook_project_secrets",
            },
        ),
        migrations.CreateModel(
            name="WebhookCursor",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.project",
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
            ],
            options={
                "db_table": "webhook_cursors",
            },
        ),
        migrations.CreateModel(
            name="JobWebhook",
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
                ("job_id", models.UUIDField(unique=True)),
                ("url", models.CharField(max_length=2048)),
                ("lane", models.UUIDField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.project"
                    ),
                ),
            ],
            options={
                "db_table": "webhook_jobs",
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
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
                ("event_id", models.BigIntegerField(null=True)),
                ("subject_kind", models.CharField(blank=True, max_length=32)),
                ("subject_id", models.UUIDField(null=True)),
                ("type", models.CharField(max_length=64)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("lane", models.UUIDField()),
                ("attempt_count", models.PositiveIntegerField(default=0)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("hinted_at", models.DateTimeField(null=True)),
                ("lease_owner", models.CharField(blank=True, max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("last_status", models.PositiveSmallIntegerField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=40)),
                (
                    "job_webhook",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.jobwebhook",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.project",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
                "db_table": "webhook_deliveries",
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("duration_ms", models.PositiveIntegerField()),
                ("request_headers", models.JSONField(default=dict)),
                ("body_sha256", models.CharField(max_length=64)),
                ("body_size", models.PositiveIntegerField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("error", models.CharField(blank=True, max_length=40)),
                (
                    "delivery",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="webhooks.webhookdelivery",
                    ),
                ),
            ],
            options={
                "db_table": "webhook_attempts",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
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
                ("secret", gencraft_media.common.sealed.SealedTextField()),
                ("previous_secret", gencraft_media.common.sealed.SealedTextField(blank=True)),
                ("previous_until", models.DateTimeField(blank=True, null=True)),
                ("url", models.CharField(max_length=2048)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("events", models.JSONField(default=list)),
                ("enabled", models.BooleanField(default=True)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "disabled_reason",
                    models.CharField(
                        blank=True,
                        choices=[("manual", "Manual"), ("gone", "Gone"), ("failing", "Failing")],
                        max_length=10,
                    ),
                ),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("consecutive_failures", models.PositiveIntegerField(default=0)),
                ("is_slow", models.BooleanField(default=False)),
                ("paused_until", models.DateTimeField(blank=True, null=True)),
                ("event_count", models.PositiveIntegerField(default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_endpoints",
                        to="accounts.project",
                    ),
                ),
            ],
            options={
                "db_table": "webhook_endpoints",
            },
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="endpoint",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="webhooks.webhookendpoint",
            ),
        ),
        migrations.CreateModel(
            name="WebhookSettings",
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
                    "schedule_s",
                    models.JSONField(
                        default=gencraft_media.webhooks.models.standard_schedule,
                        validators=[gencraft_media.webhooks.models.require_schedule],
                    ),
                ),
                (
                    "jitter_percent",
                    models.PositiveSmallIntegerField(
                        default=10, validators=[django.core.validators.MaxValueValidator(50)]
                    ),
                ),
                (
                    "timeout_s",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(30),
                        ],
                    ),
                ),
                (
                    "throttle_s",
                    models.PositiveIntegerField(
                        default=60, validators=[django.core.validators.MaxValueValidator(86400)]
                    ),
                ),
                (
                    "disable_after_days",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "keep_days",
                    models.PositiveSmallIntegerField(
                        default=30, validators=[django.core.validators.MinValueValidator(1)]
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
                "verbose_name_plural": "webhook settings",
                "db_table": "webhook_settings",
                "ordering": ["-version"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="jobwebhook",
            index=models.Index(fields=["created_at"], name="webhook_jobs_created_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookattempt",
            index=models.Index(fields=["delivery", "id"], name="webhook_attempts_delivery_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookendpoint",
            index=models.Index(fields=["project", "-created_at", "-id"], name="webhook_endpoints_page_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["next_attempt_at"], name="webhook_deliveries_due_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["project", "-created_at", "-id"], name="webhook_deliveries_page_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "state", "created_at"], name="webhook_deliveries_replay_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["subject_id"], name="webhook_deliveries_subject_idx"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["created_at"], name="webhook_deliveries_created_idx"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("endpoint", "event_id"), name="webhook_deliveries_endpoint_event"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(fields=("job_webhook", "event_id"), name="webhook_deliveries_job_event"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("endpoint__isnull", True), ("job_webhook__isnull", True), _connector="XOR"),
                name="webhook_deliveries_one_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhooksettings",
            constraint=models.UniqueConstraint(fields=("scope", "version"), name="webhooksettings_scope_version"),
        ),
    ]
