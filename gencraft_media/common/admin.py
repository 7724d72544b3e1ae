"""Events and audit entries in the admin, to read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from gencraft_media.common.models import AuditEntry, DomainEvent


class ReadOnlyAdmin(ModelAdmin):
    """Records that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DomainEvent)
class DomainEventAdmin(ReadOnlyAdmin):
    """What happened to jobs and the rest."""

    list_display = ("id", "type", "subject_kind", "subject_id", "number", "project_id", "created_at")
    list_filter = ("type", "subject_kind")
    search_fields = ("=subject_id", "=project_id")
    ordering = ("-id",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What people changed."""

    list_display = ("id", "action", "actor_label", "target_kind", "target_id", "created_at")
    list_filter = ("action",)
    search_fields = ("action", "actor_label", "target_id", "request_id")
