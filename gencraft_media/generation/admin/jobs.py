"""The engine's records in the SuperAdmin panel: looked at here, changed through the same services as everywhere."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, re_path
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from billing.models import CostCertainty, ProviderCost
from gencraft_media.common import actions
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.admin.job_page import CHANGE_ATTEMPT, CHANGE_JOB, TONES, job_context
from gencraft_media.generation.admin.job_views import cancel_view, original_view, resolve_view, retry_view
from gencraft_media.generation.models import (
    AttemptItem,
    GenerationAttempt,
    GenerationJob,
    ProviderCallback,
)


class ReadOnlyInline(TabularInline):
    """Rows of another table on the page of the row they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
    """Jobs, each with a page of its own: its story, its pictures, why its model was chosen, what it cost."""

    list_display = (
        "shown_id",
        "shown_status",
        "project",
        "operation",
        "provider",
        "model",
        "progress",
        "credits_charged",
        "created_at",
    )
    list_filter = ("status", "provider", "operation", "created_at")
    search_fields = ("=id", "user__email", "project__name")
    list_select_related = ("user", "project")
    actions = ("retry", "cancel")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    show_full_result_count = False

    @display(description="job", ordering="id")
    def shown_id(self, job: GenerationJob) -> str:
        return str(job.pk)[:8]

    @display(description="status", label=TONES)
    def shown_status(self, job: GenerationJob) -> str:
        return job.status

    @action(description="Run again as new jobs", permissions=["operate"])
    def retry(self, request: HttpRequest, rows: QuerySet[GenerationJob]) -> None:
        perform_on_each(self, request, rows, "job.retry", "job_id")

    @action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, rows: QuerySet[GenerationJob]) -> None:
        perform_on_each(self, request, rows, "job.cancel", "job_id")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE_JOB)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The job's page; it changes nothing by itself."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_object(request, object_id)
        if job is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"Job {str(job.pk)[:8]}",
            "opts": self.opts,
            "original": job,
            **job_context(request, job),
        }
        return TemplateResponse(request, "generation/job/page.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:job_id>/retry/", view(retry_view), name="generation_job_retry"),
            path("<uuid:job_id>/cancel/", view(cancel_view), name="generation_job_cancel"),
            path("original/<int:served_id>/", view(original_view), name="generation_job_original"),
            re_path(
                r"^attempt/(?P<attempt_id>[0-9a-f-]{36})/(?P<word>taken|nothing)/$",
                view(resolve_view),
                name="generation_attempt_resolve",
            ),
        ]
        return [*own, *super().get_urls()]


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

    @display(description="state", label=TONES)
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
        return request.user.has_perm(CHANGE_ATTEMPT)


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
