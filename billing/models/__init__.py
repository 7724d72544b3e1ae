"""What it costs: price lines, plans, credit accounts with their holds and ledger, quotas, usage and provider cost."""

from billing.models.credits import CreditAccount, CreditHold, EntryKind, HoldResolution, LedgerEntry, Purse
from billing.models.plans import (
    UNLIMITED,
    Plan,
    QuotaCounter,
    QuotaReservation,
    QuotaSettings,
    SpendCounter,
    SpendSettings,
)
from billing.models.prices import PriceKind, PriceLine, PricingSettings
from billing.models.usage import CostCertainty, MediaUsage, ProviderCost

__all__ = [
    "UNLIMITED",
    "CostCertainty",
    "CreditAccount",
    "CreditHold",
    "EntryKind",
    "HoldResolution",
    "LedgerEntry",
    "MediaUsage",
    "Plan",
    "PriceKind",
    "PriceLine",
    "PricingSettings",
    "ProviderCost",
    "Purse",
    "QuotaCounter",
    "QuotaReservation",
    "QuotaSettings",
    "SpendCounter",
    "SpendSettings",
]
