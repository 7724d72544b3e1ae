"""Plans in the admin, to read; what plans need is changed as other settings are."""

from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest

from billing.admin import VersionedSettingsAdmin
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.daos.models import ConfigurationPlan, PlanPolicy
from gencraft_media.daos.policy_form import PlanPolicyForm


@admin.register(ConfigurationPlan)
class ConfigurationPlanAdmin(ReadOnlyAdmin):
    """What was proposed, confirmed and undone."""

    list_display = ("created_at", "sentence", "state", "risk", "created_by", "applied_by", "ends_at", "undone_by")
    list_filter = ("state", "risk", "source")
    list_select_related = ("created_by", "applied_by", "undone_by")
    search_fields = ("sentence", "=id")
    ordering = ("-created_at",)


@admin.register(PlanPolicy)
class PlanPolicyAdmin(VersionedSettingsAdmin):
    """When a second person is asked, and which language model may propose plans."""

    form = PlanPolicyForm
    fields = ("second_person_above", "language_model_url", "language_model", "new_key", "reason")
    list_display = ("version", "second_person_above", "language_model", "changed_by", "created_at")

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "language_model_url":
            # What is typed without a scheme: Django's own answer to it changes with 6.0.
            options["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **options)
