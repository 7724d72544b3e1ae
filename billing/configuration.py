"""What operators change of money while the engine runs: discounts, markup, prices, quotas, spending."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing.margins import find_margin_warning
from billing.models import UNLIMITED, Plan, PricingSettings, SpendSettings
from billing.price_actions import PriceCorrection, plan_price
from billing.scoped_changes import scoped_change
from billing.scopes import ScopeField
from billing.stores import PLANS, PRICING, QUOTAS, SPENDING
from gencraft_media.common.configuration import (
    Change,
    Planned,
    Risk,
    RuntimeAction,
    Slot,
    register_runtime_action,
)
from gencraft_media.common.exact_values import column_of, exact_value
from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.common.serializers import StrictSerializer

_PERIODS = ("day", "month")
_MOST = 2_147_483_647


class PercentParameters(StrictSerializer):
    """A part of a price."""

    percent = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100))


class UserQuotaParameters(StrictSerializer):
    """Outputs of each requester in a period; -1 is unlimited."""

    period = serializers.ChoiceField(_PERIODS)
    outputs = serializers.IntegerField(min_value=UNLIMITED, max_value=_MOST)


class PlanQuotaParameters(StrictSerializer):
    """Outputs a month of each requester of a plan; -1 is unlimited."""

    plan = serializers.SlugRelatedField("key", queryset=Plan.objects.all())
    outputs = serializers.IntegerField(min_value=UNLIMITED, max_value=_MOST)


class SpendCapParameters(StrictSerializer):
    """Credits that each project may spend in a period; -1 is unlimited."""

    period = serializers.ChoiceField(_PERIODS)
    credits = serializers.IntegerField(min_value=UNLIMITED, max_value=_MOST)
    scope = ScopeField()


def _pricing(field: str, value: Decimal, label: str) -> Planned:
    """One field of the pricing, with a warning where it then sells at a loss."""
    now, column = PRICING.read(EVERYWHERE), column_of(PricingSettings, field)
    after = exact_value(column, value)
    change = Change(Slot(PRICING.name, EVERYWHERE, field), now[field], after, label, Risk.MONEY)
    then = {**now, field: after}
    notes = [find_margin_warning(Decimal(then["markup_percent"]), Decimal(then["batch_discount_cap"]))]
    if Decimal(then["batch_discount_step"]) > Decimal(then["batch_discount_cap"]):
        notes.append("The discount's cap is below one step of it: every batch gets the cap.")
    return Planned((change,), tuple(note for note in notes if note))


def _plan_batch_discount(percent: Decimal) -> Planned:
    label = "Batch discount for each further picture (media.batchDiscount)"
    return _pricing("batch_discount_step", percent / 100, label)


def _plan_batch_discount_cap(percent: Decimal) -> Planned:
    return _pricing("batch_discount_cap", percent / 100, "Batch discount at most")


def _plan_markup(percent: Decimal) -> Planned:
    return _pricing("markup_percent", percent, "Markup in percent")


def _plan_user_quota(period: str, outputs: int) -> Planned:
    field = {"day": "user_daily", "month": "user_monthly"}[period]
    label = f"Outputs of each user a {period}"
    before = QUOTAS.read(EVERYWHERE)[field]
    return Planned((Change(Slot(QUOTAS.name, EVERYWHERE, field), before, outputs, label, Risk.AVAILABILITY),))


def _plan_plan_quota(plan: Plan, outputs: int) -> Planned:
    before = PLANS.read(plan.pk)["monthly_outputs"]
    label = f"Outputs of each user a month, for the plan {plan.label}"
    return Planned((Change(Slot(PLANS.name, plan.pk, "monthly_outputs"), before, outputs, label, Risk.AVAILABILITY),))


def _plan_spend_cap(period: str, credits: int, scope: str) -> Planned:
    label = f"Credits a project may spend a {period}"
    field = f"credits_per_{period}"
    return scoped_change(SpendSettings, SPENDING, scope, field, credits, label=label, risk=Risk.AVAILABILITY)


def _register(name: str, label: str, parameters: type[StrictSerializer], plan: Any, *examples: str) -> None:
    register_runtime_action(RuntimeAction(name, label, parameters, plan, examples))


_register(
    "pricing.batch_discount",
    "Set what each further picture of a batch saves",
    PercentParameters,
    _plan_batch_discount,
    "Enable 5% discount for batch image generation",
)
_register(
    "pricing.batch_discount_cap",
    "Set what a batch saves at most",
    PercentParameters,
    _plan_batch_discount_cap,
    "Cap the batch discount at 20%",
)
_register(
    "pricing.markup", "Set the markup on providers' prices", PercentParameters, _plan_markup, "Set the markup to 15%"
)
_register(
    "pricing.price",
    "Correct what a provider takes for a model",
    PriceCorrection,
    plan_price,
    "The price of flux/flux-2-pro is $0.04 from 2027-01-01",
)
_register(
    "quota.user",
    "Set how many outputs a user may get",
    UserQuotaParameters,
    _plan_user_quota,
    "Limit users to 50 images per day",
)
_register(
    "quota.plan",
    "Set how many outputs a plan allows a month",
    PlanQuotaParameters,
    _plan_plan_quota,
    "Limit the starter plan to 200 images per month",
)
_register(
    "spend.cap",
    "Set how many credits a project may spend",
    SpendCapParameters,
    _plan_spend_cap,
    "Cap spending at 500 credits per day for free users",
)
