"""Plans of configuration changes."""

import uuid

import django.core.serializers.json
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
            name="ConfigurationPlan",
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
                    "source",
                    models.CharField(
                        choices=[
                            ("sentence", "Sentence"),
                            ("actions", "Actions"),
                            ("language_model", "Language Model"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sentence", models.CharField(blank=True, max_length=1000)),
                ("actions", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("changes", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("notes", models.JSONField(default=list)),
                ("effect", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                (
                    "risk",
                    models.CharField(
                        choices=[
                            ("low", "low"),
                            ("quality", "quality"),
                            ("availability", "availability"),
                            ("money", "money"),
                        ],
                        max_length=20,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("applied", "Applied"),
                            ("undone", "Undone"),
                            ("ended", "Ended"),
                            ("stale", "Stale"),
                            ("expired", "Expired"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("confirm_until", models.DateTimeField()),
                ("holds_for_s", models.PositiveIntegerField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("needs_second_person", models.BooleanField(default=False)),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "applied_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "configuration_plans",
                "indexes": [
                    models.Index(fields=["-created_at"], name="configuration_plans_page_idx"),
                    models.Index(
                        condition=models.Q(("state", "applied")),
                        fields=["ends_at"],
                        name="configuration_plans_ends_idx",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanPolicy",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(default="global", max_length=100)),
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("second_person_above", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("language_model_url", models.URLField(blank=True)),
                ("language_model", models.CharField(blank=True, max_length=100)),
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
                "verbose_name_plural": "plan policies",
                "db_table": "plan_policies",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("scope", "version"), name="planpolicy_scope_version")],
            },
        ),
    ]
