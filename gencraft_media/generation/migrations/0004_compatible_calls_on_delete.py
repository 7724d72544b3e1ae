"""ON DELETE in PostgreSQL for calls as well: a job that goes takes them along."""

from django.db import migrations

from gencraft_media.common.migration_operations import DatabaseOnDelete


class Migration(migrations.Migration):
    dependencies = [("generation", "0003_compatible_calls")]

    operations = [DatabaseOnDelete("compatible_calls", "job_id", "CASCADE")]
