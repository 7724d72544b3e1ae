"""The engine's records in the SuperAdmin panel: looked at here, changed through the same services as everywhere."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from billing.models import CostCertainty, ProviderCost
from gencraft_media.common import actions
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.models import (
    AttemptItem,
    GenerationAttempt,
    GenerationItem,
    GenerationJob,
    ProviderCallback,
)

_STATUS_COLOURS = {
    "completed": "success",
    "settled": "success",
    "failed": "danger",
    "lost": "danger",
    "rejected": "warning",
    "unknown": "warning",
    "processing": "info",
    "submitting": "info",
    "accepted": "info",
    "landed": "info",
}


class ReadOnlyInline(TabularInline):
    """Rows of another table on the page of the row they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ItemInline(ReadOnlyInline):
    """A job's items."""

    model = GenerationItem
    fields = ("index", "status", "progress", "seed", "asset", "error", "completed_at")


class AttemptInline(ReadOnlyInline):
    """A job's attempts."""

    model = GenerationAttempt
    fields = ("number", "state", "provider", "model", "tries", "submitted_at", "finished_at", "error")


class ServedInline(ReadOnlyInline):
    """The items an attempt serves."""

    model = AttemptItem
    fields = ("position", "item", "live", "original_key", "original_size", "error")


def perform_on_each(
    modeladmin: ModelAdmin, request: HttpRequest, rows: QuerySet[Any], name: str, argument: str, **more: Any
) -> None:
    """Run a registered action on every chosen row, and say of each refusal why."""
    done = 0
    for row in rows:
        try:
            actions.perform(name, actor=request.user, **{argument: row.pk}, **more)
            done += 1
        except GenCraftError as error:
            modeladmin.message_user(request, f"{row}: {error.message}", messages.WARNING)
    if done:
        modeladmin.message_user(request, f"Done for {done}.", messages.SUCCESS)


@admin.register(GenerationJob)
class JobAdmin(ReadOnlyAdmin):
    """Jobs with their items and attempts."""

    list_display = ("id", "shown_status", "operation", "provider", "model", "progress", "credits_charged", "created_at")
    list_filter = ("status", "provider", "operation", "created_at")
    search_fields = ("=id", "user__email", "project__name")
    list_select_related = ("user", "project")
    inlines = (ItemInline, AttemptInline)
    actions = ("retry", "cancel")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @display(description="status", label=_STATUS_COLOURS)
    def shown_status(self, job: GenerationJob) -> str:
        return job.status

    @action(description="Run again as new jobs", permissions=["operate"])
    def retry(self, request: HttpRequest, rows: QuerySet[GenerationJob]) -> None:
        perform_on_each(self, request, rows, "job.retry", "job_id")

    @action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[GenerationJob]) -> None:
        perform_on_each(self, request, rows, "job.cancel", "job_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_generationjob")


@admin.register(GenerationAttempt)
class AttemptAdmin(ReadOnlyAdmin):
    """Attempts; those whose outcome stayed unknown wait here for an operator's word."""

    list_display = (
        "id",
        "shown_state",
        "provider",
        "model",
        "job",
        "tries",
        "quoted_cost",
        "suspected_cost",
        "created_at",
    )
    list_filter = ("state", "provider", "recovery", "created_at")
    search_fields = ("=id", "=job__id", "provider_job_id")
    inlines = (ServedInline,)
    ordering = ("-created_at",)
    actions = ("confirm_cost", "dismiss_cost")

    @display(description="state", label=_STATUS_COLOURS)
    def shown_state(self, attempt: GenerationAttempt) -> str:
        return attempt.state

    @display(description="suspected cost (USD)")
    def suspected_cost(self, attempt: GenerationAttempt) -> str:
        return str(getattr(attempt, "suspected", None) or "")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GenerationAttempt]:
        suspected = ProviderCost.objects.filter(attempt_id=OuterRef("pk"), certainty=CostCertainty.SUSPECTED)
        attempts: QuerySet[GenerationAttempt] = super().get_queryset(request)
        return attempts.annotate(suspected=Subquery(suspected.values("amount")[:1]))

    @action(description="Unknown outcome: the provider did take the cost", permissions=["operate"])
    def confirm_cost(self, request: HttpRequest, rows: QuerySet[GenerationAttempt]) -> None:
        perform_on_each(self, request, rows, "attempt.resolve_unknown", "attempt_id", confirmed=True)

    @action(description="Unknown outcome: the provider took nothing", permissions=["operate"])
    def dismiss_cost(self, request: HttpRequest, rows: QuerySet[GenerationAttempt]) -> None:
        perform_on_each(self, request, rows, "attempt.resolve_unknown", "attempt_id", confirmed=False)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_generationattempt")


@admin.register(ProviderCallback)
class CallbackAdmin(ReadOnlyAdmin):
    """Callbacks of providers: what came, how often, and what it did."""

    list_display = ("id", "provider", "attempt", "effect", "times_received", "created_at", "last_received_at")
    list_filter = ("provider", "effect", "created_at")
    search_fields = ("=id", "=attempt__id", "=attempt__job__id", "provider_job_id")
    fields = (
        "provider",
        "attempt",
        "provider_job_id",
        "effect",
        "times_received",
        "created_at",
        "last_received_at",
        "headers",
        "shown_body",
    )
    ordering = ("-created_at",)

    @display(description="body")
    def shown_body(self, callback: ProviderCallback) -> str:
        return bytes(callback.body).decode("utf-8", "replace")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProviderCallback]:
        # Bodies are read one at a time, not for a whole page of rows.
        callbacks: QuerySet[ProviderCallback] = super().get_queryset(request)
        return callbacks.defer("body").select_related("attempt")
