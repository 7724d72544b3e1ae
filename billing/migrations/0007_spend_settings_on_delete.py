"""ON DELETE in PostgreSQL too: settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_spend_settings_and_packages")]

    operations = [
        DatabaseOnDelete("spend_settings", "changed_by_id", "SET NULL"),
    ]
