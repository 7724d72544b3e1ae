"""Which models end, which projects use them, and who was told."""

from django.contrib import admin
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from gencraft_media.accounts.models import Project
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.generation.models import RetirementNotice
from providers.selectors import full_name


@admin.register(RetirementNotice)
class RetirementNoticeAdmin(ReadOnlyAdmin):
    """Projects that were told of the end of a model they use."""

    list_display = (
        "shown_model",
        "retires_at",
        "left",
        "shown_replacement",
        "project",
        "owner",
        "jobs",
        "days",
        "created_at",
    )
    list_filter = ("provider", "model", "days", "retires_at")
    search_fields = ("model", "=project_id")
    ordering = ("retires_at", "provider", "model", "-created_at")

    @display(description="model", ordering="model")
    def shown_model(self, notice: RetirementNotice) -> str:
        return full_name(notice.provider, notice.model)

    @display(description="left", label={"over": "danger", "within a week": "warning"})
    def left(self, notice: RetirementNotice) -> tuple[str, str]:
        days = (notice.retires_at - timezone.now().date()).days
        if days <= 0:
            return "over", "over"
        return ("within a week" if days <= 7 else "later"), f"{days} day{'s' if days > 1 else ''}"

    @display(description="replaced by")
    def shown_replacement(self, notice: RetirementNotice) -> str:
        return notice.replaced_by or "nothing: requests are refused from then on"

    @display(description="project")
    def project(self, notice: RetirementNotice) -> str:
        return str(getattr(notice, "project_name", None) or notice.project_id)

    @display(description="owner")
    def owner(self, notice: RetirementNotice) -> str:
        return str(getattr(notice, "owner_email", None) or "")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetirementNotice]:
        notices: QuerySet[RetirementNotice] = super().get_queryset(request)
        projects = Project.objects.filter(pk=OuterRef("project_id"))
        found: QuerySet[RetirementNotice] = notices.annotate(
            project_name=Cast(Subquery(projects.values("name")[:1]), CharField()),
            owner_email=Cast(Subquery(projects.values("owner__email")[:1]), CharField()),
        )
        return found
