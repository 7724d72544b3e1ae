"""Money in the admin: rows to read, plans and prices to add, settings that become a new version each time."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.account_admin import CreditAccountAdmin
from billing.costs import settle_suspected_cost
from billing.models import (
    UNLIMITED,
    CostCertainty,
    CreditHold,
    HoldResolution,
    LedgerEntry,
    MediaUsage,
    Plan,
    PriceLine,
    ProviderCost,
    QuotaCounter,
    QuotaReservation,
)
from billing.plans import PLAN_TERMS, change_plan_terms
from billing.pricelist import forget_prices
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.audit import record_audit
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.common.versioned import current_settings

__all__ = ["CreditAccountAdmin"]


class VersionedSettingsAdmin(ModelAdmin):
    """Settings are changed by adding a version; the newest holds, older ones stay to be read."""

    list_display: tuple[str, ...] = ("version", "changed_by", "reason", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The settings in force."""
        kind: type[VersionedSettings] = self.model
        return {**current_settings(kind).values(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # What the form does not show stays as it is in force.
        said = {name: value for name, value in obj.values().items() if name in form.cleaned_data}
        saved = save_settings(self.model, said, actor=request.user, reason=obj.reason)
        # The row that holds is the one the service wrote: the admin goes on with it.
        obj.__dict__.update(saved.__dict__)


@admin.register(PriceLine)
class PriceLineAdmin(ModelAdmin):
    """Prices: a new one is a new line with a later date."""

    list_display = ("provider", "model", "operation", "kind", "key", "amount", "hd_multiplier", "effective_from")
    list_filter = ("provider", "kind", "operation")
    search_fields = ("model", "source")
    ordering = ("provider", "model", "operation", "key", "-effective_from")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PriceLine, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        forget_prices()
        record_audit(actor=request.user, action="billing.add_price_line", target=obj, after={"line": str(obj)})


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A plan's terms, and why they change."""

    reason = forms.CharField(
        max_length=500, required=False, widget=UnfoldAdminTextInputWidget, help_text="Kept in the audit."
    )

    class Meta:
        model = Plan
        fields: ClassVar[list[str]] = ["key", "label", *PLAN_TERMS]
        help_texts: ClassVar[dict[str, str]] = {
            "monthly_outputs": "Delivered outputs of each requester a month; -1: unlimited.",
            "monthly_credits": "Granted at the beginning of each month; what is left of them expires with it.",
            "concurrent_jobs": "Running at once; -1: unlimited.",
            "weight": "Turns of its projects where slots are scarce, for each turn of weight 1.",
            "low_credits": "`credits.low` is told below so many; empty: a tenth of the month's.",
        }

    def clean(self) -> dict[str, Any]:
        """Nothing below -1, which is unlimited."""
        said = super().clean() or {}
        for name in ("monthly_outputs", "concurrent_jobs"):
            if said.get(name) is not None and said[name] < UNLIMITED:
                self.add_error(name, "-1 is unlimited; nothing is less than that.")
        return said


@admin.register(Plan)
class PlanAdmin(ModelAdmin):
    """Plans and what they allow."""

    form = PlanForm
    list_display = ("key", "label", *PLAN_TERMS, "owners")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        plans: QuerySet[Plan] = super().get_queryset(request)
        return plans.annotate(account_count=Count("accounts"))

    @admin.display(description="accounts", ordering="account_count")
    def owners(self, plan: Plan) -> int:
        return int(getattr(plan, "account_count", 0))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The key is what accounts point at."""
        return ("key",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A plan that accounts are on, or were on, stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        terms = {name: form.cleaned_data[name] for name in form.changed_data if name != "reason"}
        reason = form.cleaned_data["reason"]
        if change:
            change_plan_terms(obj.pk, terms, actor=request.user, reason=reason)
        else:
            super().save_model(request, obj, form, change)
            record_audit(actor=request.user, action="billing.add_plan", target=obj, after=terms, reason=reason)


@admin.register(ProviderCost)
class ProviderCostAdmin(ReadOnlyAdmin):
    """What providers took, and what is only suspected and waits for a person's word."""

    list_display = ("created_at", "provider", "model", "certainty", "quoted", "amount", "job_id", "settled_note")
    list_filter = ("certainty", "provider")
    search_fields = ("=job_id", "=attempt_id")
    actions = ("confirm_costs", "dismiss_costs")

    @action(description="Suspected: the provider did take it", permissions=["settle"])
    def confirm_costs(self, request: HttpRequest, rows: QuerySet[ProviderCost]) -> None:
        self._settle(request, rows, confirmed=True)

    @action(description="Suspected: the provider took nothing", permissions=["settle"])
    def dismiss_costs(self, request: HttpRequest, rows: QuerySet[ProviderCost]) -> None:
        self._settle(request, rows, confirmed=False)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_providercost")

    def _settle(self, request: HttpRequest, rows: QuerySet[ProviderCost], *, confirmed: bool) -> None:
        for cost in rows.filter(certainty=CostCertainty.SUSPECTED):
            settle_suspected_cost(cost, confirmed=confirmed, actor=request.user, note="settled in the admin")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Every change of a balance."""

    list_display = ("created_at", "account", "purse", "kind", "credits", "reason")
    list_filter = ("kind", "purse")
    list_select_related = ("account",)
    search_fields = ("=account__owner_id", "idempotency_key")


@admin.register(CreditHold)
class CreditHoldAdmin(ReadOnlyAdmin):
    """What jobs hold, or held."""

    list_display = ("created_at", "job_id", "account", "monthly", "purchased", "resolution")
    list_select_related = ("account", "resolution")
    search_fields = ("=job_id",)


@admin.register(HoldResolution)
class HoldResolutionAdmin(ReadOnlyAdmin):
    """How holds ended."""

    list_display = ("created_at", "hold", "held", "captured")
    list_select_related = ("hold",)
    search_fields = ("=hold__job_id",)


@admin.register(MediaUsage)
class MediaUsageAdmin(ReadOnlyAdmin):
    """Delivered outputs and their price."""

    list_display = ("created_at", "project_id", "user_id", "provider", "model", "cost", "credits_used", "job_id")
    list_filter = ("provider", "operation")
    search_fields = ("=job_id", "=asset_id", "=project_id")


@admin.register(QuotaCounter)
class QuotaCounterAdmin(ReadOnlyAdmin):
    """Outputs of each requester by day and month."""

    list_display = ("subject", "period", "delivered", "reserved")
    search_fields = ("subject",)


@admin.register(QuotaReservation)
class QuotaReservationAdmin(ReadOnlyAdmin):
    """Outputs that jobs may still deliver."""

    list_display = ("created_at", "job_id", "subject", "units", "delivered", "resolved_at")
    search_fields = ("=job_id", "subject")
