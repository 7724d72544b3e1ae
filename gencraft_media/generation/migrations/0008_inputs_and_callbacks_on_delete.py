"""ON DELETE in PostgreSQL for inputs and callbacks as well: they go with their job, and with their attempt."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("generation", "0007_job_inputs")]

    operations = [
        DatabaseOnDelete("media_generation_inputs", "job_id", "CASCADE"),
        DatabaseOnDelete("provider_callbacks", "attempt_id", "CASCADE"),
    ]
