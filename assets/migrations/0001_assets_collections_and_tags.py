"""Collections, assets and their tags."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_users_projects_and_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MediaAsset",
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
                ("filename", models.CharField(max_length=255)),
                ("mime_type", models.CharField(max_length=50)),
                ("size", models.IntegerField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("cost", models.DecimalField(decimal_places=6, max_digits=12)),
                ("s3_key", models.CharField(max_length=500)),
                ("s3_bucket", models.CharField(max_length=100)),
                ("cdn_url", models.CharField(max_length=1000)),
                ("thumbnail_url", models.CharField(max_length=1000, null=True)),
                ("generation_params", models.JSONField(null=True)),
                ("version", models.IntegerField(db_default=1, default=1, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True)),
                ("expires_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("image", "Image"), ("video", "Video"), ("audio", "Audio"), ("model3d", "Model 3D")],
                        db_default="image",
                        default="image",
                        max_length=10,
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("thumbnail_key", models.CharField(blank=True, max_length=500)),
                ("thumbhash", models.CharField(blank=True, max_length=64)),
                ("dominant_color", models.CharField(blank=True, max_length=7)),
                ("quality_score", models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ("original_key", models.CharField(blank=True, max_length=500)),
                ("original_mime_type", models.CharField(blank=True, max_length=50)),
                ("original_size", models.BigIntegerField(default=0)),
                ("storage_backend", models.CharField(default="local", max_length=50)),
                ("alt_text", models.CharField(blank=True, max_length=1000)),
                ("metadata", models.JSONField(default=dict)),
                ("job_id", models.UUIDField(db_index=True, null=True)),
                ("item_id", models.UUIDField(null=True, unique=True)),
                (
                    "external_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assets",
                        to="accounts.externaluser",
                    ),
                ),
                (
                    "parent_asset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="children",
                        to="assets.mediaasset",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assets",
                        to="accounts.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "media_assets",
            },
        ),
        migrations.CreateModel(
            name="MediaCollection",
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
                ("name", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True, null=True)),
                ("is_public", models.BooleanField(db_default=False, default=False, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True)),
                ("slug", models.SlugField(blank=True, max_length=255, null=True, unique=True)),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="assets.mediaasset",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collections",
                        to="accounts.project",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="collections",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "media_collections",
            },
        ),
        migrations.AddField(
            model_name="mediaasset",
            name="collection",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assets",
                to="assets.mediacollection",
            ),
        ),
        migrations.CreateModel(
            name="AssetTag",
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
                ("tag", models.CharField(max_length=50)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tag_rows", to="assets.mediaasset"
                    ),
                ),
            ],
            options={
                "db_table": "media_asset_tags",
                "indexes": [models.Index(fields=["tag"], name="media_asset_tags_tag_idx")],
                "constraints": [models.UniqueConstraint(fields=("asset", "tag"), name="media_asset_tags_asset_tag")],
            },
        ),
        migrations.AddIndex(
            model_name="mediacollection",
            index=models.Index(fields=["user"], name="media_collections_user_idx"),
        ),
        migrations.AddIndex(
            model_name="mediaasset",
            index=models.Index(fields=["user", "project"], name="media_assets_user_project_idx"),
        ),
        migrations.AddIndex(
            model_name="mediaasset",
            index=models.Index(fields=["collection"], name="media_assets_collection_idx"),
        ),
        migrations.AddIndex(
            model_name="mediaasset",
            index=models.Index(fields=["-created_at"], name="media_assets_created_idx"),
        ),
        migrations.AddIndex(
            model_name="mediaasset",
            index=models.Index(fields=["project", "-created_at", "-id"], name="media_assets_project_page_idx"),
        ),
    ]
