"""How much users, plans and projects may have; −1 is unlimited everywhere."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from billing.models import UNLIMITED, Plan, QuotaSettings, SpendSettings
from billing.plans import change_plan_terms
from billing.scopes import scope_label
from gencraft_media.common.models import AuditEntry
from gencraft_media.console.media_settings.cards import Card, SettingsCard, State
from gencraft_media.console.media_settings.forms import CardForm, dress
from gencraft_media.console.media_settings.scopes import inherited_values, scope_choices

_MOST = 2_147_483_647
_LIMITS: dict[str, Any] = {"min_value": UNLIMITED, "max_value": _MOST}
_OF_PLAN = {"monthly_outputs": "Outputs a month", "concurrent_jobs": "Jobs at once"}


class UserQuotaForm(CardForm):
    """Of each user, whatever the plan."""

    fieldsets = (("", ("user_daily", "user_monthly")),)
    user_daily = forms.IntegerField(label="Outputs a day", help_text="−1: unlimited.", **_LIMITS)
    user_monthly = forms.IntegerField(label="Outputs a month", help_text="−1: unlimited.", **_LIMITS)


class UserQuotaCard(SettingsCard):
    """What each user may have delivered."""

    key = "user"
    title = "Per user"
    about = "Outputs that anybody may have delivered, whatever the plan. A day and a month are UTC's."
    permissions = ("billing.change_quotasettings",)
    form_class = UserQuotaForm
    kind = QuotaSettings


class PlansForm(CardForm):
    """A row for each plan; its fields are named `<column>.<plan>`."""

    def __init__(self, *arguments: Any, plans: list[Plan], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.plans = plans
        for plan in plans:
            for column, label in _OF_PLAN.items():
                field = forms.IntegerField(label=f"{label} of {plan.label}", **_LIMITS)
                dress(field)
                self.fields[f"{column}.{plan.pk}"] = field

    def rows(self) -> list[tuple[Plan, list[forms.BoundField]]]:
        """The plans with their fields, for a table."""
        return [(plan, [self[f"{column}.{plan.pk}"] for column in _OF_PLAN]) for plan in self.plans]

    @property
    def headings(self) -> list[str]:
        """Of the table."""
        return list(_OF_PLAN.values())


class PlansCard(Card):
    """What the plans allow."""

    key = "plans"
    title = "Per plan"
    about = "Outputs a month count for each user of the plan; −1 is unlimited."
    permissions = ("billing.change_plan",)
    template: ClassVar[str] = "media_settings/plans_card.html"

    def state(self) -> State:
        return State({f"{name}.{plan.pk}": getattr(plan, name) for plan in _plans() for name in _OF_PLAN})

    def lock(self) -> None:
        list(Plan.objects.select_for_update().order_by("pk"))

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        return PlansForm(data, initial=dict(initial or {}), prefix=self.key, plans=_plans())

    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        of_plans: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            column, _, plan = name.partition(".")
            of_plans.setdefault(plan, {})[column] = value
        for plan, columns in of_plans.items():
            change_plan_terms(plan, columns, actor=actor, reason=reason)

    def last_change(self) -> AuditEntry | None:
        return AuditEntry.objects.filter(Q(target_kind="billing.plan")).first()


class SpendForm(CardForm):
    """Empty is what the next wider scope says."""

    fieldsets = (("", ("credits_per_day", "credits_per_month")),)
    credits_per_day = forms.IntegerField(label="Credits a day", required=False, **_LIMITS)
    credits_per_month = forms.IntegerField(label="Credits a month", required=False, **_LIMITS)


class _Unbounded:
    """What holds where nobody says anything."""

    credits_per_day = UNLIMITED
    credits_per_month = UNLIMITED


class SpendCard(SettingsCard):
    """How many credits each project of a scope may spend."""

    key = "spend"
    permissions = ("billing.change_spendsettings",)
    form_class = SpendForm
    kind = SpendSettings

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.title = f"Spend caps {scope_label(scope)}"
        self.about = "Credits that each project may spend. Empty: what the next wider scope says; −1: unlimited."

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        form = super().form(data, initial)
        for name, found in inherited_values(SpendSettings, self.scope, _Unbounded).items():
            text = "unlimited" if found.value == UNLIMITED else str(found.value)
            form.fields[name].widget.attrs["placeholder"] = f"{text} (from {found.source})"
        return form

    def extras(self, form: CardForm) -> dict[str, Any]:
        return {"scope": self.scope, "scopes": scope_choices(self.scope)}


def _plans() -> list[Plan]:
    """From the smallest to the one without a limit."""
    return sorted(Plan.objects.order_by("pk"), key=lambda plan: (plan.monthly_outputs < 0, plan.monthly_outputs))
