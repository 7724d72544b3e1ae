"""What the auditor said."""

import django.core.serializers.json
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0014_media_settings_on_delete"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("everything", models.BooleanField()),
                ("finished_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("findings", models.PositiveIntegerField(default=0)),
                ("sample", models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
            ],
            options={
                "db_table": "audit_runs",
            },
        ),
    ]
