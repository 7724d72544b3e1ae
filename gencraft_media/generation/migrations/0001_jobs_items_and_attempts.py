"""Jobs, their items and attempts, and idempotency keys."""

import uuid

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_users_projects_and_keys"),
        ("assets", "0002_database_on_delete"),
        ("providers", "0001_providers_models_and_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GenerationAttempt",
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
                ("number", models.PositiveSmallIntegerField()),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("submitting", "Submitting"),
                            ("unknown", "Unknown"),
                            ("accepted", "Accepted"),
                            ("landed", "Landed"),
                            ("settled", "Settled"),
                            ("rejected", "Rejected"),
                            ("failed", "Failed"),
                            ("lost", "Lost"),
                            ("canceled", "Canceled"),
                        ],
                        default="planned",
                        max_length=12,
                    ),
                ),
                ("recovery", models.CharField(max_length=12)),
                ("priority", models.SmallIntegerField(default=0)),
                ("next_step_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("hinted_at", models.DateTimeField(null=True)),
                ("lease_owner", models.CharField(blank=True, max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("claims", models.PositiveSmallIntegerField(default=0)),
                ("submitted_at", models.DateTimeField(null=True)),
                ("submissions", models.PositiveSmallIntegerField(default=0)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("unknown_since", models.DateTimeField(null=True)),
                ("request_digest", models.CharField(blank=True, max_length=64)),
                ("provider_job_id", models.CharField(blank=True, max_length=255)),
                ("poll_url", models.CharField(blank=True, max_length=1000)),
                ("cancel_sent_at", models.DateTimeField(null=True)),
                ("quoted_cost", models.DecimalField(decimal_places=6, max_digits=12)),
                ("error", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="attempts",
                        to="providers.provideraccount",
                    ),
                ),
            ],
            options={
                "db_table": "media_generation_attempts",
            },
        ),
        migrations.CreateModel(
            name="AttemptItem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField()),
                ("live", models.BooleanField(default=True)),
                ("original_key", models.CharField(blank=True, max_length=500)),
                ("original_sha256", models.CharField(blank=True, max_length=64)),
                ("original_size", models.BigIntegerField(default=0)),
                ("seed", models.BigIntegerField(null=True)),
                ("error", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="served",
                        to="generation.generationattempt",
                    ),
                ),
            ],
            options={
                "db_table": "media_generation_attempt_items",
            },
        ),
        migrations.CreateModel(
            name="GenerationItem",
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
                ("index", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("processing", "Processing"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("seed", models.BigIntegerField(null=True)),
                ("error", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "asset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="assets.mediaasset",
                    ),
                ),
            ],
            options={
                "db_table": "media_generation_items",
            },
        ),
        migrations.AddField(
            model_name="generationattempt",
            name="items",
            field=models.ManyToManyField(
                related_name="attempts", through="generation.AttemptItem", to="generation.generationitem"
            ),
        ),
        migrations.AddField(
            model_name="attemptitem",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="serving", to="generation.generationitem"
            ),
        ),
        migrations.CreateModel(
            name="GenerationJob",
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
                ("provider", models.CharField(max_length=50)),
                ("operation", models.CharField(max_length=50)),
                ("params", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("processing", "Processing"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="queued",
                        max_length=20,
                    ),
                ),
                ("progress", models.IntegerField(db_default=0, default=0, null=True)),
                ("result", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("error", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("model", models.CharField(max_length=100)),
                ("batch_size", models.PositiveSmallIntegerField(default=1)),
                ("api_key_id", models.UUIDField(null=True)),
                ("strategy", models.CharField(default="balanced", max_length=20)),
                ("requested_provider", models.CharField(default="auto", max_length=50)),
                ("receipt", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("adaptations", models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("quote", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("quoted_total", models.DecimalField(decimal_places=6, max_digits=12)),
                ("quoted_provider_cost", models.DecimalField(decimal_places=6, max_digits=12)),
                ("price_version", models.CharField(blank=True, max_length=64)),
                ("payer_id", models.UUIDField()),
                ("credits_charged", models.IntegerField(default=0)),
                ("delivered_count", models.PositiveSmallIntegerField(default=0)),
                ("priority", models.SmallIntegerField(default=0)),
                ("deadline_at", models.DateTimeField()),
                ("cancel_requested_at", models.DateTimeField(null=True)),
                ("tags", models.JSONField(default=list)),
                ("alt_text", models.CharField(blank=True, max_length=1000)),
                ("metadata", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("asset_expires_at", models.DateTimeField(null=True)),
                ("event_count", models.PositiveIntegerField(default=0)),
                ("progress_event_at", models.DateTimeField(null=True)),
                (
                    "external_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="accounts.externaluser",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="accounts.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "media_generation_jobs",
            },
        ),
        migrations.AddField(
            model_name="generationitem",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="generation.generationjob"
            ),
        ),
        migrations.AddField(
            model_name="generationattempt",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="generation.generationjob"
            ),
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=100)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="idempotency",
                        to="generation.generationjob",
                    ),
                ),
            ],
            options={
                "db_table": "idempotency_records",
            },
        ),
        migrations.AddConstraint(
            model_name="attemptitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("live", True)), fields=("item",), name="media_attempt_items_one_live"
            ),
        ),
        migrations.AddConstraint(
            model_name="attemptitem",
            constraint=models.UniqueConstraint(fields=("attempt", "position"), name="media_attempt_items_position"),
        ),
        migrations.AddIndex(
            model_name="generationjob",
            index=models.Index(fields=["user", "status"], name="media_jobs_user_status_idx"),
        ),
        migrations.AddIndex(
            model_name="generationjob",
            index=models.Index(fields=["-created_at"], name="media_jobs_created_idx"),
        ),
        migrations.AddIndex(
            model_name="generationjob",
            index=models.Index(fields=["project", "-created_at", "-id"], name="media_jobs_project_page_idx"),
        ),
        migrations.AddIndex(
            model_name="generationjob",
            index=models.Index(fields=["completed_at"], name="media_jobs_completed_idx"),
        ),
        migrations.AddIndex(
            model_name="generationjob",
            index=models.Index(
                condition=models.Q(("status__in", ["queued", "processing"])),
                fields=["payer_id"],
                name="media_jobs_running_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="generationitem",
            constraint=models.UniqueConstraint(fields=("job", "index"), name="media_items_job_index"),
        ),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(
                condition=models.Q(("state__in", ["planned", "submitting", "unknown", "accepted", "landed"])),
                fields=["next_step_at"],
                name="media_attempts_due_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(fields=["account", "state"], name="media_attempts_account_idx"),
        ),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(fields=["account", "submitted_at"], name="media_attempts_sent_idx"),
        ),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(
                condition=models.Q(("state", "settled")),
                fields=["provider", "model", "operation", "-created_at"],
                name="media_attempts_history_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="generationattempt",
            index=models.Index(
                condition=models.Q(("provider_job_id", ""), _negated=True),
                fields=["provider", "provider_job_id"],
                name="media_attempts_remote_idx",
            ),
        ),
        migrations.AddConstraint(
            model_name="generationattempt",
            constraint=models.UniqueConstraint(fields=("job", "number"), name="media_attempts_job_number"),
        ),
        migrations.AddConstraint(
            model_name="idempotencyrecord",
            constraint=models.UniqueConstraint(fields=("scope", "key"), name="idempotency_records_scope_key"),
        ),
    ]
