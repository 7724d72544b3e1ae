"""ON DELETE in PostgreSQL too: plans stay when people go."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("daos", "0001_configuration_plans")]

    operations = [
        DatabaseOnDelete("configuration_plans", "created_by_id", "SET NULL"),
        DatabaseOnDelete("configuration_plans", "approved_by_id", "SET NULL"),
        DatabaseOnDelete("configuration_plans", "applied_by_id", "SET NULL"),
        DatabaseOnDelete("configuration_plans", "undone_by_id", "SET NULL"),
        DatabaseOnDelete("plan_policies", "changed_by_id", "SET NULL"),
    ]
