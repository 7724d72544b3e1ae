"""ON DELETE in PostgreSQL for circuits and settings as well: circuits go with their account."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("generation", "0009_routing_and_circuits")]

    operations = [
        DatabaseOnDelete("provider_circuits", "account_id", "CASCADE"),
        DatabaseOnDelete("routing_settings", "changed_by_id", "SET NULL"),
        DatabaseOnDelete("quality_settings", "changed_by_id", "SET NULL"),
        DatabaseOnDelete("hook_settings", "changed_by_id", "SET NULL"),
    ]
