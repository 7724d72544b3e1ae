"""Audit entries are written once and stay."""

from django.db import migrations

from gencraft_media.common.migration_operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("common", "0001_events_and_audit")]

    operations = [AppendOnly("audit_entries")]
