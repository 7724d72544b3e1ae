"""Domain events and audit entries."""

import django.core.serializers.json
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_label", models.CharField(max_length=255)),
                ("action", models.CharField(max_length=100)),
                ("target_kind", models.CharField(max_length=64)),
                ("target_id", models.CharField(max_length=64)),
                ("reason", models.TextField(blank=True)),
                ("before", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("after", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "db_table": "audit_entries",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["target_kind", "target_id"], name="audit_entries_target_idx")],
            },
        ),
        migrations.CreateModel(
            name="DomainEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject_kind", models.CharField(max_length=32)),
                ("subject_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("project_id", models.UUIDField(null=True)),
                ("project_number", models.PositiveBigIntegerField(null=True)),
                ("type", models.CharField(max_length=64)),
                ("payload", models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "domain_events",
                "indexes": [
                    models.Index(
                        condition=models.Q(("project_number__isnull", True)),
                        fields=["id"],
                        name="domain_events_unstamped_idx",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject_id", "number"), name="domain_events_subject_number"),
                    models.UniqueConstraint(
                        fields=("project_id", "project_number"), name="domain_events_project_number"
                    ),
                ],
            },
        ),
    ]
