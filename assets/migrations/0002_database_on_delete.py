"""ON DELETE in PostgreSQL as the specification writes it, so that a delete outside Django acts alike."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_assets_collections_and_tags")]

    operations = [
        DatabaseOnDelete("media_assets", "user_id", "CASCADE"),
        DatabaseOnDelete("media_assets", "project_id", "CASCADE"),
        DatabaseOnDelete("media_assets", "collection_id", "SET NULL"),
        DatabaseOnDelete("media_assets", "parent_asset_id", "SET NULL"),
        DatabaseOnDelete("media_assets", "external_user_id", "SET NULL"),
        DatabaseOnDelete("media_collections", "user_id", "CASCADE"),
        DatabaseOnDelete("media_collections", "project_id", "CASCADE"),
        DatabaseOnDelete("media_collections", "cover_id", "SET NULL"),
        DatabaseOnDelete("media_asset_tags", "asset_id", "CASCADE"),
    ]
