"""Storage and CDN as operators set them."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0006_ratings_on_delete"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StorageSettings",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("environment", "As the environment says"),
                            ("local", "Folders of this machine"),
                            ("s3", "S3, R2 or a server like them"),
                        ],
                        default="environment",
                        max_length=20,
                    ),
                ),
                ("bucket", models.CharField(blank=True, max_length=63)),
                ("private_bucket", models.CharField(blank=True, max_length=63)),
                ("region", models.CharField(blank=True, max_length=50)),
                (
                    "endpoint",
                    models.CharField(
                        blank=True, max_length=200, validators=[django.core.validators.URLValidator(["https", "http"])]
                    ),
                ),
                ("access_key", gencraft_media.common.sealed.SealedTextField(blank=True)),
                ("secret_key", gencraft_media.common.sealed.SealedTextField(blank=True)),
                (
                    "cdn_url",
                    models.CharField(
                        blank=True, max_length=200, validators=[django.core.validators.URLValidator(["https", "http"])]
                    ),
                ),
                (
                    "cdn_provider",
                    models.CharField(
                        choices=[
                            ("none", "This engine itself"),
                            ("cloudflare", "Cloudflare"),
                            ("cloudfront", "CloudFront"),
                            ("custom", "Another"),
                        ],
                        default="none",
                        max_length=20,
                    ),
                ),
                ("cloudfront_distribution_id", models.CharField(blank=True, max_length=50)),
                ("cloudflare_zone_id", models.CharField(blank=True, max_length=50)),
                ("cloudflare_token", gencraft_media.common.sealed.SealedTextField(blank=True)),
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
                "verbose_name_plural": "storage settings",
                "db_table": "storage_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="storagesettings_scope_version")
                ],
            },
        ),
    ]
