"""Events and audit entries in the admin, to read: of audit entries, what was different afterwards."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from gencraft_media.common.audit import record_audit
from gencraft_media.common.differences import changes_of
from gencraft_media.common.models import AuditEntry, DomainEvent

_NAMES_SHOWN = 4


class ReadOnlyAdmin(ModelAdmin):
    """Records that nobody adds, changes or deletes by hand."""

    # Of long tables it would be one more look at every row.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AuditedAdmin(ModelAdmin):
    """Rows that people add, change and delete here by hand, each time with an entry in the audit."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            _note(request, "change" if change else "add", obj, form)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rows of other tables on the page."""
        for gone in formset.deleted_forms:
            if gone.instance.pk:
                _note_deletion(request, gone.instance)
        super().save_formset(request, form, formset, change)
        form_of = {id(one.instance): one for one in formset.forms}
        for row in formset.new_objects:
            _note(request, "add", row, form_of[id(row)])
        for row, _ in formset.changed_objects:
            _note(request, "change", row, form_of[id(row)])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _note_deletion(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            _note_deletion(request, row)
        super().delete_queryset(request, queryset)


def _note(request: HttpRequest, verb: str, row: Model, form: Any) -> None:
    before = {name: _plain(form.initial.get(name)) for name in form.changed_data}
    after = {name: _plain(form.cleaned_data.get(name)) for name in form.changed_data}
    known = before if verb == "change" else None
    record_audit(actor=request.user, action=_action(verb, row), target=row, before=known, after=after)


def _note_deletion(request: HttpRequest, row: Model) -> None:
    record_audit(actor=request.user, action=_action("delete", row), target=row, before={"name": str(row)})


def _action(verb: str, row: Model) -> str:
    return f"{row._meta.app_label}.{verb}_{row._meta.model_name}"


def _plain(value: Any) -> Any:
    if isinstance(value, QuerySet | list | tuple):
        return sorted(str(one) for one in value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


@admin.register(DomainEvent)
class DomainEventAdmin(ReadOnlyAdmin):
    """What happened to jobs and the rest."""

    list_display = ("id", "type", "subject_kind", "subject_id", "number", "project_id", "created_at")
    list_filter = ("type", "subject_kind")
    search_fields = ("=subject_id", "=project_id")
    ordering = ("-id",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """What people changed. The database itself refuses to change or delete an entry."""

    list_display = ("created_at", "actor_label", "action", "target", "changed")
    list_display_links = ("created_at", "action")
    list_filter = ("action", "target_kind", "created_at")
    search_fields = ("action", "actor_label", "target_kind", "target_id", "request_id", "reason")
    fields = ("created_at", "actor_label", "actor_id", "action", "target", "reason", "request_id", "difference")
    readonly_fields = ("target", "difference")
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="Of what", ordering="target_kind")
    def target(self, entry: AuditEntry) -> str:
        return f"{entry.target_kind} {entry.target_id}"

    @admin.display(description="Changed")
    def changed(self, entry: AuditEntry) -> str:
        """The names of what differs, as many as fit a row."""
        names = [change.name for change in changes_of(entry.before, entry.after)]
        return ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")

    @admin.display(description="Before and after")
    def difference(self, entry: AuditEntry) -> SafeString:
        """A row for each value that is not what it was; all values where there is no before."""
        return render_to_string("common/difference.html", {"changes": changes_of(entry.before, entry.after)})
