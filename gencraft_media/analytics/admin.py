"""What reports compare with, in the SuperAdmin panel."""

from django.contrib import admin

from billing.admin import VersionedSettingsAdmin
from gencraft_media.analytics.models import ReportSettings


@admin.register(ReportSettings)
class ReportSettingsAdmin(VersionedSettingsAdmin):
    """What a picture would cost elsewhere."""

    fields = ("alternative_price", "reason")
    list_display = ("version", "alternative_price", "changed_by", "reason", "created_at")
