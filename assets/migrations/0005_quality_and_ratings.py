"""What an asset was measured to be worth, and what people say of it."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import gencraft_media.common.database


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0004_uploads_on_delete"),
    ]

    operations = [
        migrations.AddField(
            model_name="mediaasset",
            name="perceptual_hash",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="mediaasset",
            name="quality",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="AssetRating",
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
                ("subject", models.CharField(max_length=64)),
                (
                    "stars",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("rated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "asset",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="ratings",
                        to="assets.mediaasset",
                    ),
                ),
            ],
            options={
                "db_table": "media_asset_ratings",
                "indexes": [
                    models.Index(fields=["provider", "model", "-rated_at"], name="media_asset_ratings_model_idx")
                ],
                "constraints": [models.UniqueConstraint(fields=("asset", "subject"), name="media_asset_ratings_once")],
            },
        ),
    ]
