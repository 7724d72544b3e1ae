"""Deliveries that failed, for the dashboard."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0004_webhook_pauses_on_delete"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["created_at"], name="webhook_deliveries_failed_idx"
            ),
        ),
    ]
