"""What guards the log-in, for SuperAdmins: the demand for authenticator apps, and who failed to log in."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from unfold.decorators import action

from billing.admin import VersionedSettingsAdmin
from gencraft_media.accounts.models import SafetySettings
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.audit import record_audit
from gencraft_media.console.safety.reauthentication import requires_recent_login


@admin.register(SafetySettings)
class SafetySettingsAdmin(VersionedSettingsAdmin):
    """Of whom an authenticator app is demanded, and how long a log-in lasts."""

    fields = ("totp_required", "session_hours", "reason")
    list_display = ("version", "totp_required", "session_hours", "changed_by", "reason", "created_at")

    @method_decorator(requires_recent_login)
    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Asks again who it is."""
        answer: HttpResponseBase = super().add_view(request, *args, **kwargs)
        return answer


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed log-ins by user and address; after five the pair rests, unless somebody ends the wait here."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    list_filter = ("attempt_time",)
    search_fields = ("username", "=ip_address")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
    ordering = ("-attempt_time",)
    actions = ("end_wait",)

    @action(description="Let them try again", permissions=["clear"])
    def end_wait(self, request: HttpRequest, rows: QuerySet[AccessAttempt]) -> None:
        for row in rows:
            pair = {"username": row.username, "address": row.ip_address}
            record_audit(actor=request.user, action="accounts.end_log_in_wait", target=row, after=pair)
        rows.delete()

    def has_clear_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("axes.delete_accessattempt"))
