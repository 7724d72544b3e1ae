"""What operators set for what is made."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0012_latest_calls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MediaSettings",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(default="global", max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("enabled", models.BooleanField(blank=True, null=True)),
                (
                    "quality",
                    models.CharField(blank=True, choices=[("standard", "Standard"), ("hd", "Hd")], max_length=20),
                ),
                (
                    "format",
                    models.CharField(
                        blank=True,
                        choices=[("png", "Png"), ("jpeg", "Jpeg"), ("webp", "Webp"), ("avif", "Avif")],
                        max_length=10,
                    ),
                ),
                (
                    "compression",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)]
                    ),
                ),
                (
                    "max_resolution",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(64),
                            django.core.validators.MaxValueValidator(16384),
                        ],
                    ),
                ),
                ("default_model", models.CharField(blank=True, max_length=151)),
                (
                    "retention_days",
                    models.IntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
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
                "verbose_name_plural": "media settings",
                "db_table": "media_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="mediasettings_scope_version")
                ],
            },
        ),
    ]
