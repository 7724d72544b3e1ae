"""Pictures that clients bring."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_users_projects_and_keys"),
        ("assets", "0002_database_on_delete"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MediaUpload",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("ready", "Ready"),
                            ("refused", "Refused"),
                            ("expired", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("multipart", "Multipart"), ("direct", "Direct"), ("address", "Address")],
                        max_length=10,
                    ),
                ),
                ("filename", models.CharField(blank=True, max_length=255)),
                ("declared_type", models.CharField(blank=True, max_length=100)),
                ("declared_size", models.IntegerField(null=True)),
                ("mime_type", models.CharField(blank=True, max_length=50)),
                ("size", models.IntegerField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("has_alpha", models.BooleanField(null=True)),
                ("key", models.CharField(blank=True, max_length=500)),
                ("incoming_key", models.CharField(blank=True, max_length=500)),
                ("storage_backend", models.CharField(max_length=50)),
                ("s3_bucket", models.CharField(max_length=100)),
                ("error", models.JSONField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("kept_until", models.DateTimeField(null=True)),
                (
                    "external_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="accounts.externaluser",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="accounts.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "media_uploads",
                "indexes": [
                    models.Index(fields=["project", "-created_at", "-id"], name="media_uploads_project_page_idx")
                ],
            },
        ),
    ]
