"""ON DELETE in PostgreSQL for uploads, as the models say it: a delete outside Django acts alike."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_uploads")]

    operations = [
        DatabaseOnDelete("media_uploads", "user_id", "CASCADE"),
        DatabaseOnDelete("media_uploads", "project_id", "CASCADE"),
        DatabaseOnDelete("media_uploads", "external_user_id", "SET NULL"),
    ]
