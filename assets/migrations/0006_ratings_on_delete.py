"""ON DELETE in PostgreSQL for ratings as well: they outlive their asset."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("assets", "0005_quality_and_ratings")]

    operations = [DatabaseOnDelete("media_asset_ratings", "asset_id", "SET NULL")]
