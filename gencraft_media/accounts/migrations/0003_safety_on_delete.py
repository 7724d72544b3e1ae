"""ON DELETE in PostgreSQL too: apps and codes go with their people, settings stay when who changed them goes."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_safety")]

    operations = [
        DatabaseOnDelete("authenticators", "user_id", "CASCADE"),
        DatabaseOnDelete("recovery_codes", "user_id", "CASCADE"),
        DatabaseOnDelete("safety_settings", "changed_by_id", "SET NULL"),
    ]
