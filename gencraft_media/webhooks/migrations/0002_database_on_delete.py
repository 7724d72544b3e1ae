"""ON DELETE in PostgreSQL too: a project that goes takes its endpoints, secrets and deliveries along."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_endpoints_and_deliveries")]

    operations = [
        DatabaseOnDelete("webhook_endpoints", "project_id", "CASCADE"),
        DatabaseOnDelete("webhook_endpoints", "created_by_id", "SET NULL"),
        DatabaseOnDelete("webhook_project_secrets", "project_id", "CASCADE"),
        DatabaseOnDelete("webhook_jobs", "project_id", "CASCADE"),
        DatabaseOnDelete("webhook_cursors", "project_id", "CASCADE"),
        DatabaseOnDelete("webhook_deliveries", "project_id", "CASCADE"),
        DatabaseOnDelete("webhook_deliveries", "endpoint_id", "CASCADE"),
        DatabaseOnDelete("webhook_deliveries", "job_webhook_id", "CASCADE"),
        DatabaseOnDelete("webhook_attempts", "delivery_id", "CASCADE"),
    ]
