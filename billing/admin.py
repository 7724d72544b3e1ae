"""Money in the admin: rows to read, plans and prices to add, settings that become a new version each time."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action

from billing.accounts import thaw
from billing.costs import settle_suspected_cost
from billing.margins import find_margin_warning
from billing.models import (
    CostCertainty,
    CreditAccount,
    CreditHold,
    HoldResolution,
    LedgerEntry,
    MediaUsage,
    Plan,
    PriceLine,
    PricingSettings,
    ProviderCost,
    QuotaCounter,
    QuotaReservation,
    QuotaSettings,
)
from billing.pricelist import forget_prices
from gencraft_media.common.admin import ReadOnlyAdmin
from gencraft_media.common.audit import record_audit
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.versioned import change_settings, current_settings


class PricingSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Markup and batch discount, with what they mean."""

    class Meta:
        model = PricingSettings
        fields: ClassVar[list[str]] = ["markup_percent", "batch_discount_step", "batch_discount_cap", "reason"]
        help_texts: ClassVar[dict[str, str]] = {
            "markup_percent": "Added to what the provider takes, 0 to 100.",
            "batch_discount_step": "Saved on the base price for each output after the first: 0.05 is 5 %.",
            "batch_discount_cap": ("At most this is saved: 0.25 is 25 %. Below 1, (1 + markup) x (1 - cap) is a loss."),
        }


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
        before = current_settings(self.model).values()
        saved = change_settings(self.model, obj.values(), changed_by=request.user, reason=obj.reason)
        # The row that holds is the one the service wrote: the admin goes on with it.
        obj.__dict__.update(saved.__dict__)
        record_audit(
            actor=request.user,
            action="settings.change",
            target=saved,
            before=before,
            after=saved.values(),
            reason=obj.reason,
        )


@admin.register(PricingSettings)
class PricingSettingsAdmin(VersionedSettingsAdmin):
    """Markup and discounts; says so when they sell at a loss."""

    form = PricingSettingsForm
    list_display = (
        "version",
        "markup_percent",
        "batch_discount_step",
        "batch_discount_cap",
        "changed_by",
        "created_at",
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        warning = find_margin_warning(obj.markup_percent, obj.batch_discount_cap)
        if warning:
            messages.warning(request, warning)


@admin.register(QuotaSettings)
class QuotaSettingsAdmin(VersionedSettingsAdmin):
    """Limits of each requester, whatever the plan."""

    fields = ("user_daily", "user_monthly", "reason")
    list_display = ("version", "user_daily", "user_monthly", "changed_by", "created_at")


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


@admin.register(Plan)
class PlanAdmin(ModelAdmin):
    """Plans and what they allow."""

    list_display = ("key", "label", "monthly_outputs", "monthly_credits", "low_credits", "concurrent_jobs", "weight")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The key is what accounts point at."""
        return ("key",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A plan that accounts are on, or were on, stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data[name] for name in form.changed_data}
        record_audit(actor=request.user, action="billing.change_plan_terms", target=obj, after=after)


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnlyAdmin):
    """Balances; a frozen account is freed here once it was found right."""

    list_display = ("owner_id", "plan", "available", "held", "monthly", "purchased", "period_end", "frozen_reason")
    list_filter = ("plan",)
    search_fields = ("=owner_id",)
    actions = ("thaw_accounts",)

    @action(description="Allow spending again", permissions=["settle"])
    def thaw_accounts(self, request: HttpRequest, rows: QuerySet[CreditAccount]) -> None:
        for account in rows.exclude(frozen_reason=""):
            thaw(account, actor=request.user, reason="freed in the admin")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_creditaccount")


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
