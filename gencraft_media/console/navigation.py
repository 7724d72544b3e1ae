"""What the admin's sidebar, badge and favicon say for one request."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from gencraft_media.console.site_pages import find_page_link
from providers.selectors import BUILT_IN, configured_providers

# (title, Material symbol, model or name of a page of ours). Whatever the site does not have registered is left out.
OVERVIEW: list[tuple[str, str, str]] = [
    ("Plain English", "chat", "plain_english"),
    ("Analytics", "monitoring", "analytics"),
    ("Promises", "verified", "promises"),
]
SECTIONS: dict[str, list[tuple[str, str, str]]] = {
    "Generation": [
        ("Jobs", "photo_library", "generation.GenerationJob"),
        ("Items", "image", "generation.GenerationItem"),
        ("Attempts", "move_up", "generation.GenerationAttempt"),
        ("Callbacks", "call_received", "generation.ProviderCallback"),
        ("Assets", "collections", "assets.MediaAsset"),
        ("Ratings", "star", "assets.AssetRating"),
        ("Collections", "folder_open", "assets.MediaCollection"),
        ("Uploads", "upload_file", "assets.MediaUpload"),
    ],
    "Providers": [
        ("Accounts and keys", "key", "providers.ProviderAccount"),
        ("Providers", "hub", "providers.Provider"),
        ("Models", "neurology", "providers.ProviderModel"),
        ("Retirements", "event_busy", "generation.RetirementNotice"),
        ("Custom models", "dns", "providers.CustomModel"),
        ("Circuits", "electric_bolt", "generation.Circuit"),
    ],
    "Money": [
        ("Credit accounts", "account_balance_wallet", "billing.CreditAccount"),
        ("Ledger", "receipt_long", "billing.LedgerEntry"),
        ("Holds", "lock_clock", "billing.CreditHold"),
        ("Resolutions", "lock_open", "billing.HoldResolution"),
        ("Usage", "bar_chart", "billing.MediaUsage"),
        ("Quota counters", "speed", "billing.QuotaCounter"),
        ("Quota reservations", "event_available", "billing.QuotaReservation"),
        ("Provider costs", "payments", "billing.ProviderCost"),
        ("Prices", "sell", "billing.PriceLine"),
        ("Plans", "workspace_premium", "billing.Plan"),
    ],
    "People": [
        ("Users", "person", "accounts.User"),
        ("Projects", "deployed_code", "accounts.Project"),
        ("Members", "group", "accounts.Membership"),
        ("API keys", "vpn_key", "accounts.ApiKey"),
        ("Groups", "groups", "auth.Group"),
    ],
    "Record": [
        ("Events", "bolt", "common.DomainEvent"),
        ("Audit", "policy", "common.AuditEntry"),
        ("Failed log-ins", "gpp_bad", "axes.AccessAttempt"),
        ("Configuration plans", "rule", "daos.ConfigurationPlan"),
    ],
    "Webhooks": [
        ("Endpoints", "webhook", "webhooks.WebhookEndpoint"),
        ("Deliveries", "outgoing_mail", "webhooks.WebhookDelivery"),
    ],
    "Settings": [
        ("Media generation", "auto_awesome", "media_settings"),
        ("Webhooks", "schedule_send", "webhooks.WebhookSettings"),
        ("Routing", "alt_route", "generation.RoutingSettings"),
        ("Quality", "high_quality", "generation.QualitySettings"),
        ("Hooks", "extension", "generation.HookSettings"),
        ("Reports", "query_stats", "analytics.ReportSettings"),
        ("Plan policy", "how_to_reg", "daos.PlanPolicy"),
        ("Safety", "shield_lock", "accounts.SafetySettings"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links that this person may open."""
    overview = [item for entry in OVERVIEW if (item := _find_item(request, *entry))]
    groups = [_group("", [{"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}, *overview])]
    for title, entries in SECTIONS.items():
        items = [item for entry in entries if (item := _find_item(request, *entry))]
        if items:
            groups.append(_group(title, items))
    groups.append(_group("Help", _help_items()))
    return groups


def environment_badge(request: HttpRequest) -> list[str]:
    """What kind of engine this is, beside the page's title."""
    if configured_providers() <= BUILT_IN:
        return ["Simulated", "warning"]
    return ["Production", "success"] if connection.vendor == "postgresql" else ["Embedded", "info"]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """What people do about themselves, in the menu behind their name."""
    return [
        {"title": "Change password", "link": reverse("admin:password_change")},
        {"title": "Authenticator app", "link": reverse("admin:authenticator")},
    ]


def favicon(request: HttpRequest) -> str:
    """The mark of the engine."""
    return static("studio/mark.svg")


def names_script(request: HttpRequest) -> str:
    """Names what the admin's widgets leave without one."""
    return static("console/names.js")


def login_picture(request: HttpRequest) -> str:
    """What fills the log-in page beside the form; the engine drew it."""
    return static("studio/first-light.webp")


def _group(title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "separator": bool(title), "collapsible": False, "items": items}


def _find_item(request: HttpRequest, title: str, icon: str, label: str) -> dict[str, Any] | None:
    if "." not in label:
        return find_page_link(request, label, title=title, icon=icon)
    model = apps.get_model(label)
    registered = admin.site._registry.get(model)
    if registered is None or not registered.has_view_permission(request):
        return None
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return {"title": title, "icon": icon, "link": reverse(name)}


def _help_items() -> list[dict[str, Any]]:
    return [
        {"title": "Welcome page", "icon": "home", "link": settings.PUBLIC_URL + "/", "active": False},
        {"title": "API documentation", "icon": "api", "link": reverse("docs")},
        {"title": "Problems explained", "icon": "help", "link": reverse("problem-index")},
    ]
