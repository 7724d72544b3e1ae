"""The specification's five groups of settings, and which cards each of them has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from gencraft_media.console.media_settings.cards import Card, may_see, viewing
from gencraft_media.console.media_settings.default_card import DefaultsCard
from gencraft_media.console.media_settings.midjourney_card import MidjourneyCard
from gencraft_media.console.media_settings.pricing_card import PricingCard
from gencraft_media.console.media_settings.provider_card import provider_cards
from gencraft_media.console.media_settings.quota_cards import PlansCard, SpendCard, UserQuotaCard
from gencraft_media.console.media_settings.scopes import scope_of
from gencraft_media.console.media_settings.storage_card import StorageCard


@dataclass(frozen=True)
class Group:
    """One tab. `permissions`: of its cards; `kinds`: what the audit calls their rows."""

    key: str
    title: str
    icon: str
    about: str
    permissions: tuple[str, ...]
    kinds: tuple[str, ...]
    make_cards: Callable[[HttpRequest], list[Card]]

    def is_open_to(self, request: HttpRequest) -> bool:
        """Whether this person may read any of its cards."""
        either = (*self.permissions, *map(viewing, self.permissions))
        return any(request.user.has_perm(permission) for permission in either)

    def cards(self, request: HttpRequest) -> list[Card]:
        """The cards that this person may read."""
        return [card for card in self.make_cards(request) if may_see(request, card)]


def _providers() -> list[Card]:
    """What needs no key comes last."""
    vendors = [card for card in provider_cards() if card.provider.needs_key]
    built_in = [card for card in provider_cards() if not card.provider.needs_key]
    return [*vendors, MidjourneyCard(), *built_in]


GROUPS: dict[str, Group] = {
    group.key: group
    for group in (
        Group(
            "providers",
            "Providers",
            "hub",
            "Who makes the pictures: keys, default models and rates.",
            ("providers.change_provideraccount",),
            ("providers.provider", "providers.provideraccount"),
            lambda request: _providers(),
        ),
        Group(
            "storage",
            "Storage",
            "cloud_upload",
            "Where pictures are kept, and who gives them to browsers.",
            ("assets.change_storagesettings",),
            ("assets.storagesettings",),
            lambda request: [StorageCard()],
        ),
        Group(
            "defaults",
            "Defaults",
            "tune",
            "What is made where a request is silent: for everybody, a plan or one project.",
            ("generation.change_mediasettings",),
            ("generation.mediasettings",),
            lambda request: [DefaultsCard(scope_of(request))],
        ),
        Group(
            "quotas",
            "Quotas",
            "speed",
            "How much users, plans and projects may have. −1 is unlimited.",
            ("billing.change_quotasettings", "billing.change_plan", "billing.change_spendsettings"),
            ("billing.quotasettings", "billing.plan", "billing.spendsettings"),
            lambda request: [UserQuotaCard(), PlansCard(), SpendCard(scope_of(request))],
        ),
        Group(
            "pricing",
            "Pricing",
            "sell",
            "Markup, batch discount and credit packages, with what each model then costs.",
            ("billing.change_pricingsettings",),
            ("billing.pricingsettings",),
            lambda request: [PricingCard()],
        ),
    )
}


def group_of(key: str) -> Group:
    """The group of that name. Raises Http404."""
    if key not in GROUPS:
        raise Http404
    return GROUPS[key]


def may_open_hub(request: HttpRequest) -> bool:
    """Whether this person may read anything in it."""
    return any(group.is_open_to(request) for group in GROUPS.values())


def tabs_for(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The tabs that this person may open."""
    tabs = [("", "Overview", "dashboard")]
    tabs += [(group.key, group.title, group.icon) for group in GROUPS.values() if group.is_open_to(request)]
    return [
        {"title": title, "icon": icon, "link": address_of(key), "active": key == current} for key, title, icon in tabs
    ]


def address_of(key: str) -> str:
    """Of a group's page, or of the overview."""
    return reverse("admin:media_settings_group", args=[key]) if key else reverse("admin:media_settings")
