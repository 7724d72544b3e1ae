"""ON DELETE in PostgreSQL too: settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("assets", "0007_storage_settings")]

    operations = [
        DatabaseOnDelete("storage_settings", "changed_by_id", "SET NULL"),
    ]
