"""Endpoints, deliveries and how they are tried, in the SuperAdmin panel. Secrets are never shown."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from billing.admin import VersionedSettingsAdmin
from gencraft_media.common import actions
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.errors import GenCraftError
from gencraft_media.webhooks.delivery_page import MAY_REPLAY, STATES, delivery_context, replay_view
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSettings
from gencraft_media.webhooks.operations import REPLAYED_SPAN
from gencraft_media.webhooks.pausing import shown_state

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
    actions = ("enable", "disable", "test", "replay_missed")

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

    @action(description=f"Send again what they missed in the last {REPLAYED_SPAN.days} days", permissions=["operate"])
    def replay_missed(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        _perform(self, request, rows, "webhook.replay_missed", "endpoint_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_webhookendpoint")


@admin.register(WebhookDelivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was sent where, and what came of it; a page of its own for each message."""

    list_display = ("type", "shown_state", "url", "project", "attempt_count", "last_answer", "created_at")
    list_filter = ("state", "type", "last_error", "created_at")
    list_select_related = ("endpoint", "job_webhook", "project")
    search_fields = ("=id", "=endpoint__id", "=subject_id", "=project__id")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = ("replay",)

    @display(description="state", label=STATES)
    def shown_state(self, delivery: WebhookDelivery) -> str:
        return shown_state(delivery)

    @display(description="last answer")
    def last_answer(self, delivery: WebhookDelivery) -> str:
        return f"{delivery.last_status or ''} {delivery.last_error}".strip() or "—"

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        # Bodies are read one at a time.
        deliveries: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return deliveries.defer("body")

    @action(description="Send again", permissions=["operate"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookDelivery]) -> None:
        _perform(self, request, rows, "webhook.replay", "delivery_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_REPLAY)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The message's page; it changes nothing by itself."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        delivery = self.get_object(request, object_id)
        if delivery is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"{delivery.type}",
            "opts": self.opts,
            "original": delivery,
            **delivery_context(request, delivery),
        }
        return TemplateResponse(request, "webhooks/delivery.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(replay_view)
        return [path("<uuid:delivery_id>/replay/", view, name="webhooks_delivery_replay"), *super().get_urls()]


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
