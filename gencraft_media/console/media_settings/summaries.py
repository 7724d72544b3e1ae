"""What is in force in each group, in a few words, for the overview."""

from collections.abc import Callable
from dataclasses import dataclass

from assets.models import StorageKind, StorageSettings
from billing.margins import find_margin_warning
from billing.models import UNLIMITED, Plan, PricingSettings, QuotaSettings
from billing.money import usd
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.scopes import EVERYWHERE, newest_versions
from gencraft_media.common.settings_changes import newest_settings
from gencraft_media.console.media_settings.midjourney_card import MidjourneyCard
from gencraft_media.console.media_settings.provider_card import badge_of, provider_cards
from gencraft_media.generation.media_settings import MediaSettings
from gencraft_media.generation.policy import MediaPolicy


@dataclass(frozen=True)
class Fact:
    """One line. `tone`: a colour of Unfold's labels, "" for plain text."""

    label: str
    value: str
    tone: str = ""


def summaries(group: str) -> list[Fact]:
    """What a group's card of the overview says."""
    return _SUMMARIES[group]()


def _providers() -> list[Fact]:
    facts = [Fact(card.title, *badge_of(card.provider, card.account())) for card in provider_cards()]
    return [*facts, Fact(MidjourneyCard.title, *MidjourneyCard().badge())]


def _storage() -> list[Fact]:
    row = newest_settings(StorageSettings)
    facts = [Fact("Kept in", StorageKind(row.kind).label)]
    if row.kind == StorageKind.S3:
        facts.append(Fact("Bucket", row.bucket))
    facts.append(Fact("CDN", row.get_cdn_provider_display()))
    return facts + ([Fact("Address", row.cdn_url)] if row.cdn_url else [])


def _defaults() -> list[Fact]:
    row, usual = newest_settings(MediaSettings), MediaPolicy()
    is_on = usual.enabled if row.enabled is None else row.enabled
    compression = usual.compression if row.compression is None else row.compression
    narrower = [
        one for one in newest_versions(MediaSettings).values() if one.scope != EVERYWHERE and _says_something(one)
    ]
    return [
        Fact("Generation", "On" if is_on else "Off", "success" if is_on else "danger"),
        Fact("Pictures", f"{row.quality or usual.quality}, {row.format or usual.format} {compression}"),
        Fact("Largest side", f"{row.max_resolution or usual.max_resolution} px"),
        Fact("Model", row.default_model or usual.default_model or "the engine chooses"),
        Fact("Scopes of their own", str(len(narrower))),
    ]


def _says_something(row: MediaSettings) -> bool:
    return any(value not in (None, "") for value in row.values().values())


def _quotas() -> list[Fact]:
    row = newest_settings(QuotaSettings)
    users = f"{_limit(row.user_daily)} a day, {_limit(row.user_monthly)} a month"
    plans = sorted(Plan.objects.all(), key=lambda plan: (plan.monthly_outputs < 0, plan.monthly_outputs))
    return [Fact("A user", users), *(Fact(plan.label, f"{_limit(plan.monthly_outputs)} a month") for plan in plans)]


def _pricing() -> list[Fact]:
    row = newest_settings(PricingSettings)
    step, cap = (exact_text(usd(value) * 100) for value in (row.batch_discount_step, row.batch_discount_cap))
    facts = [
        Fact("Markup", f"{exact_text(usd(row.markup_percent))} %"),
        Fact("Batch discount", f"{step} %, at most {cap} %"),
        Fact("Packages", str(len(row.credit_packages))),
    ]
    if find_margin_warning(usd(row.markup_percent), usd(row.batch_discount_cap)):
        facts.append(Fact("Margin", "Large batches sell below cost", "warning"))
    return facts


def _limit(number: int) -> str:
    return "unlimited" if number == UNLIMITED else str(number)


_SUMMARIES: dict[str, Callable[[], list[Fact]]] = {
    "providers": _providers,
    "storage": _storage,
    "defaults": _defaults,
    "quotas": _quotas,
    "pricing": _pricing,
}
