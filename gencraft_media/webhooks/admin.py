"""Endpoints, deliveries and how they are tried, in the SuperAdmin panel. Secrets are never shown."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from billing.admin import VersionedSettingsAdmin
from gencraft_media.common import actions
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.errors import GenCraftError
from gencraft_media.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSettings

_STATES = {"delivered": "success", "failed": "danger", "canceled": "warning", "pending": "info"}
_CONDITIONS = {"works": "success", "failing": "danger", "disabled": "warning"}


def _perform(modeladmin: ModelAdmin, request: HttpRequest, rows: QuerySet[Any], name: str, argument: str) -> None:
    done = 0
    for row in rows:
        try:
            actions.perform(name, actor=request.user, **{argument: row.pk})
            done += 1
        except GenCraftError as error:
            modeladmin.message_user(request, f"{row}: {error.message}", messages.WARNING)
    if done:
        modeladmin.message_user(request, f"Done for {done}.", messages.SUCCESS)


@admin.register(WebhookEndpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Endpoints; their owners change them over the API."""

    list_display = ("id", "condition", "url", "project", "events", "consecutive_failures", "created_at")
    list_filter = ("enabled", "disabled_reason", "is_slow", "created_at")
    list_select_related = ("project",)
    search_fields = ("=id", "url", "project__name", "=project__id")
    ordering = ("-created_at",)
    exclude = ("secret", "previous_secret")
    actions = ("enable", "disable", "test")

    @display(description="condition", label=_CONDITIONS)
    def condition(self, endpoint: WebhookEndpoint) -> str:
        if not endpoint.enabled:
            return "disabled"
        return "failing" if endpoint.consecutive_failures else "works"

    @action(description="Enable", permissions=["operate"])
    def enable(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        _perform(self, request, rows, "webhook.enable", "endpoint_id")

    @action(description="Disable", permissions=["operate"])
    def disable(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        _perform(self, request, rows, "webhook.disable", "endpoint_id")

    @action(description="Send a test", permissions=["operate"])
    def test(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        _perform(self, request, rows, "webhook.test", "endpoint_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhookendpoint")


class AttemptInline(TabularInline):
    """A delivery's attempts."""

    model = WebhookAttempt
    extra = 0
    can_delete = False
    fields = ("number", "at", "duration_ms", "status", "error", "body_size", "request_headers", "answer")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(WebhookDelivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was sent where, and what came of it."""

    list_display = ("id", "type", "shown_state", "url", "attempt_count", "last_status", "last_error", "created_at")
    list_filter = ("state", "type", "last_error", "created_at")
    list_select_related = ("endpoint", "job_webhook")
    search_fields = ("=id", "=endpoint__id", "=subject_id", "=project__id")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = (AttemptInline,)
    actions = ("replay",)

    @display(description="state", label=_STATES)
    def shown_state(self, delivery: WebhookDelivery) -> str:
        return delivery.state

    @action(description="Send again", permissions=["operate"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookDelivery]) -> None:
        _perform(self, request, rows, "webhook.replay", "delivery_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhookdelivery")


@admin.register(WebhookSettings)
class WebhookSettingsAdmin(VersionedSettingsAdmin):
    """When deliveries are tried again, and for how long."""

    fields = (
        "schedule_s",
        "jitter_percent",
        "timeout_s",
        "throttle_s",
        "disable_after_days",
        "keep_days",
        "reason",
    )
    list_display = ("version", "timeout_s", "disable_after_days", "keep_days", "changed_by", "created_at")
