"""How much projects may spend, and the packages of credits that are offered."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import billing.models.prices


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_plan_weights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="pricingsettings",
            name="credit_packages",
            field=models.JSONField(blank=True, default=list, validators=[billing.models.prices.require_packages]),
        ),
        migrations.CreateModel(
            name="SpendSettings",
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
                    "credits_per_day",
                    models.IntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(-1)]
                    ),
                ),
                (
                    "credits_per_month",
                    models.IntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(-1)]
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
                "verbose_name_plural": "spend settings",
                "db_table": "spend_settings",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "version"), name="spendsettings_scope_version")
                ],
            },
        ),
    ]
