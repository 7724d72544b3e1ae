"""Servers that operators add have a kind; models say whether they may be chosen, and how good they are held to be."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0001_providers_models_and_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="kind",
            field=models.CharField(blank=True, max_length=50),
        ),
        migrations.AddField(
            model_name="providermodel",
            name="quality_prior",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                max_digits=4,
                null=True,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="providermodel",
            name="quality_source",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="providermodel",
            name="routable",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="providermodel",
            name="wiring",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
