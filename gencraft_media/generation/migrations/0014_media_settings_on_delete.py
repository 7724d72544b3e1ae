"""ON DELETE in PostgreSQL too: settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("generation", "0013_media_settings")]

    operations = [
        DatabaseOnDelete("media_settings", "changed_by_id", "SET NULL"),
    ]
