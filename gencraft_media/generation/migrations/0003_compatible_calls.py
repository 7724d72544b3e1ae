"""Calls of clients that repeat a request without a key, so that a repetition finds the job of its call."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_database_on_delete")]

    operations = [
        migrations.CreateModel(
            name="CompatibleCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=100)),
                ("fingerprint", models.CharField(max_length=64)),
                ("retry_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("dropped", "Dropped"),
                            ("refused", "Refused"),
                            ("answered", "Answered"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("seen_at", models.DateTimeField(db_default=Now())),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="compatible_calls",
                        to="generation.generationjob",
                    ),
                ),
            ],
            options={
                "db_table": "compatible_calls",
                "indexes": [models.Index(fields=["scope", "fingerprint"], name="compatible_calls_repeat_idx")],
            },
        ),
    ]
