"""ON DELETE in PostgreSQL as the specification writes it, so that a delete outside Django acts alike."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("generation", "0001_jobs_items_and_attempts")]

    operations = [
        DatabaseOnDelete("media_generation_jobs", "user_id", "CASCADE"),
        DatabaseOnDelete("media_generation_jobs", "project_id", "CASCADE"),
        DatabaseOnDelete("media_generation_jobs", "external_user_id", "SET NULL"),
        DatabaseOnDelete("media_generation_items", "job_id", "CASCADE"),
        DatabaseOnDelete("media_generation_items", "asset_id", "SET NULL"),
        DatabaseOnDelete("media_generation_attempts", "job_id", "CASCADE"),
        DatabaseOnDelete("media_generation_attempts", "account_id", "SET NULL"),
        DatabaseOnDelete("media_generation_attempt_items", "attempt_id", "CASCADE"),
        DatabaseOnDelete("media_generation_attempt_items", "item_id", "CASCADE"),
        DatabaseOnDelete("idempotency_records", "job_id", "CASCADE"),
    ]
