"""Sums by hour beside those by day, sums of credits, and what is stored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0002_database_on_delete"),
    ]

    operations = [
        migrations.AddField(
            model_name="usagerollup",
            name="batch_revenue",
            field=models.DecimalField(decimal_places=6, default=0, max_digits=16),
        ),
        migrations.AddField(
            model_name="usagerollup",
            name="batches",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="usagerollup",
            name="costs",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="usagerollup",
            name="quote_error",
            field=models.DecimalField(decimal_places=6, default=0, max_digits=16),
        ),
        migrations.CreateModel(
            name="CreditRollup",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("kind", models.CharField(max_length=10)),
                ("credits", models.BigIntegerField(default=0)),
                ("entries", models.PositiveIntegerField(default=0)),
            ],
            options={
                "db_table": "credit_rollups",
                "constraints": [models.UniqueConstraint(fields=("hour", "kind"), name="credit_rollups_identity")],
            },
        ),
        migrations.CreateModel(
            name="LatencyDay",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                ("is_standard", models.BooleanField(default=False)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("buckets", models.JSONField(default=list)),
                ("day", models.DateField()),
            ],
            options={
                "db_table": "latency_days",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "provider", "model", "operation", "is_standard"), name="latency_days_identity"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StorageFigure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("project_id", models.UUIDField()),
                ("storage_backend", models.CharField(max_length=50)),
                ("assets", models.PositiveIntegerField(default=0)),
                ("size_bytes", models.BigIntegerField(default=0)),
                ("original_bytes", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "storage_figures",
                "constraints": [
                    models.UniqueConstraint(fields=("project_id", "storage_backend"), name="storage_figures_identity")
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageHour",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("project_id", models.UUIDField()),
                ("user_id", models.UUIDField()),
                ("provider", models.CharField(max_length=50)),
                ("model", models.CharField(max_length=100)),
                ("operation", models.CharField(max_length=50)),
                ("jobs", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("outputs", models.PositiveIntegerField(default=0)),
                ("provider_cost", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("quoted_cost", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("revenue", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("single_price", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("batch_revenue", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("batches", models.PositiveIntegerField(default=0)),
                ("credits", models.BigIntegerField(default=0)),
                ("ratings", models.PositiveIntegerField(default=0)),
                ("good_ratings", models.PositiveIntegerField(default=0)),
                ("costs", models.PositiveIntegerField(default=0)),
                ("quote_error", models.DecimalField(decimal_places=6, default=0, max_digits=16)),
                ("hour", models.DateTimeField()),
            ],
            options={
                "db_table": "usage_hours",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "project_id", "user_id", "provider", "model", "operation"),
                        name="usage_hours_identity",
                    )
                ],
            },
        ),
    ]
