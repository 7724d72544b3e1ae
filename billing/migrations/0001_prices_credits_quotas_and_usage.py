"""The tables of prices, credits, quotas and usage."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import gencraft_media.common.database


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditAccount",
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
                ("owner_id", models.UUIDField(unique=True)),
                ("monthly", models.BigIntegerField(default=0)),
                ("monthly_held", models.BigIntegerField(default=0)),
                ("purchased", models.BigIntegerField(default=0)),
                ("purchased_held", models.BigIntegerField(default=0)),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                ("frozen_reason", models.CharField(blank=True, max_length=255)),
            ],
            options={
                "db_table": "credit_accounts",
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("key", models.SlugField(max_length=30, primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=100)),
                ("monthly_outputs", models.IntegerField(default=-1)),
                ("monthly_credits", models.PositiveIntegerField(default=0)),
                ("concurrent_jobs", models.IntegerField(default=-1)),
            ],
            options={
                "db_table": "plans",
            },
        ),
        migrations.CreateModel(
            name="CreditHold",
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
                ("monthly", models.BigIntegerField()),
                ("purchased", models.BigIntegerField()),
                ("period_start", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="billing.creditaccount"
                    ),
                ),
            ],
            options={
                "db_table": "credit_holds",
            },
        ),
        migrations.CreateModel(
            name="HoldResolution",
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
                ("held", models.BigIntegerField()),
                ("captured", models.BigIntegerField()),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="resolution", to="billing.credithold"
                    ),
                ),
            ],
            options={
                "db_table": "hold_resolutions",
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
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
                    "purse",
                    models.CharField(choices=[("monthly", "Monthly"), ("purchased", "Purchased")], max_length=10),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("grant", "Grant"),
                            ("expire", "Expire"),
                            ("purchase", "Purchase"),
                            ("adjust", "Adjust"),
                            ("capture", "Capture"),
                        ],
                        max_length=10,
                    ),
                ),
                ("credits", models.BigIntegerField()),
                ("idempotency_key", models.CharField(max_length=255, unique=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("actor_id", models.UUIDField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="billing.creditaccount"
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.credithold",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "ledger entries",
                "db_table": "ledger_entries",
            },
        ),
        migrations.CreateModel(
            name="MediaUsage",
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
                ("user_id", models.UUIDField()),
                ("asset_id", models.UUIDField()),
                ("provider", models.CharField(max_length=50)),
                ("operation", models.CharField(max_length=50)),
                ("cost", models.DecimalField(decimal_places=6, max_digits=12)),
                ("credits_used", models.IntegerField()),
                ("project_id", models.UUIDField()),
                ("job_id", models.UUIDField()),
                ("item_id", models.UUIDField(unique=True)),
                ("external_user_id", models.UUIDField(null=True)),
                ("model", models.CharField(max_length=100)),
                ("units", models.DecimalField(decimal_places=4, default=1, max_digits=12)),
                ("price_version", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name_plural": "media usage",
                "db_table": "media_usage",
                "indexes": [
                    models.Index(fields=["user_id", "created_at"], name="media_usage_user_date_idx"),
                    models.Index(fields=["provider"], name="media_usage_provider_idx"),
                    models.Index(fields=["project_id", "created_at"], name="media_usage_project_date_idx"),
                    models.Index(fields=["job_id"], name="media_usage_job_idx"),
                ],
            },
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="billing.plan"
            ),
        ),
        migrations.CreateModel(
            name="PriceLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("image", "Image"),
                            ("megapixel", "Megapixel"),
                            ("second", "Second"),
                            ("frame", "Frame"),
                            ("token", "Token"),
                            ("step", "Step"),
                            ("call", "Call"),
                        ],
                        default="image",
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=50)),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=10, max_digits=16, validators=[django.core.validators.MinValueValidator(0)]
                    ),
                ),
                ("hd_multiplier", models.DecimalField(decimal_places=3, default=2, max_digits=6)),
                ("effective_from", models.DateTimeField()),
                ("source", models.CharField(max_length=500)),
                ("parameters", models.JSONField(blank=True, default=dict)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "db_table": "price_lines",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "model", "operation", "kind", "key", "effective_from"),
                        name="price_lines_identity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="price_lines_amount_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PricingSettings",
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
                    "markup_percent",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=6,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                (
                    "batch_discount_step",
                    models.DecimalField(
                        decimal_places=4,
                        default="0.05",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                    ),
                ),
                (
                    "batch_discount_cap",
                    models.DecimalField(
                        decimal_places=4,
                        default="0.25",
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
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
                "verbose_name_plural": "pricing settings",
                "db_table": "pricing_settings",
                "ordering": ["-version"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ProviderCost",
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
                ("attempt_id", models.UUIDField(unique=True)),
                ("job_id", models.UUIDField()),
                ("account_id", models.UUIDField(null=True)),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                (
                    "certainty",
                    models.CharField(
                        choices=[("confirmed", "Confirmed"), ("suspected", "Suspected"), ("dismissed", "Dismissed")],
                        max_length=10,
                    ),
                ),
                ("quoted", models.DecimalField(decimal_places=6, max_digits=12)),
                ("amount", models.DecimalField(decimal_places=6, max_digits=12)),
                ("settled_by", models.UUIDField(null=True)),
                ("settled_note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "db_table": "provider_costs",
                "indexes": [models.Index(fields=["provider", "created_at"], name="provider_costs_date_idx")],
            },
        ),
        migrations.CreateModel(
            name="QuotaCounter",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=64)),
                ("period", models.CharField(max_length=16)),
                ("delivered", models.PositiveIntegerField(default=0)),
                ("reserved", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "quota_counters",
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "period"), name="quota_counters_subject_period")
                ],
            },
        ),
        migrations.CreateModel(
            name="QuotaReservation",
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
                ("subject", models.CharField(max_length=64)),
                ("periods", models.JSONField()),
                ("units", models.PositiveIntegerField()),
                ("delivered", models.PositiveIntegerField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "quota_reservations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=["subject"],
                        name="quota_reservations_open_idx",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuotaSettings",
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
                    "user_daily",
                    models.IntegerField(default=-1, validators=[django.core.validators.MinValueValidator(-1)]),
                ),
                (
                    "user_monthly",
                    models.IntegerField(default=-1, validators=[django.core.validators.MinValueValidator(-1)]),
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
                "verbose_name_plural": "quota settings",
                "db_table": "quota_settings",
                "ordering": ["-version"],
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="credithold",
            index=models.Index(fields=["created_at"], name="credit_holds_created_idx"),
        ),
        migrations.AddConstraint(
            model_name="credithold",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly__gte", 0), ("purchased__gte", 0)), name="credit_holds_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="holdresolution",
            index=models.Index(fields=["created_at"], name="hold_resolutions_created_idx"),
        ),
        migrations.AddConstraint(
            model_name="holdresolution",
            constraint=models.CheckConstraint(
                condition=models.Q(("captured__gte", 0), ("captured__lte", models.F("held"))),
                name="hold_resolutions_captured_within_hold",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["created_at"], name="ledger_entries_created_idx"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits", 0), _negated=True), name="ledger_entries_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credits__gt", 0), ("kind__in", ["grant", "purchase"])),
                    models.Q(("credits__lt", 0), ("kind__in", ["expire", "capture"])),
                    ("kind", "adjust"),
                    _connector="OR",
                ),
                name="ledger_entries_sign",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly_held__gte", 0)), name="credit_accounts_monthly_held"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("purchased_held__gte", 0)), name="credit_accounts_purchased_held"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("monthly__gte", models.F("monthly_held"))), name="credit_accounts_monthly_available"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("purchased__gte", models.F("purchased_held"))),
                name="credit_accounts_purchased_available",
            ),
        ),
        migrations.AddConstraint(
            model_name="pricingsettings",
            constraint=models.UniqueConstraint(fields=("scope", "version"), name="pricingsettings_scope_version"),
        ),
        migrations.AddConstraint(
            model_name="quotasettings",
            constraint=models.UniqueConstraint(fields=("scope", "version"), name="quotasettings_scope_version"),
        ),
    ]
