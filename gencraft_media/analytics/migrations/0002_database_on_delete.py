"""ON DELETE in PostgreSQL too: settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_rollups_and_probes")]

    operations = [
        DatabaseOnDelete("report_settings", "changed_by_id", "SET NULL"),
    ]
