"""ON DELETE in PostgreSQL too: settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_webhook_pauses")]

    operations = [
        DatabaseOnDelete("webhook_pauses", "changed_by_id", "SET NULL"),
    ]
