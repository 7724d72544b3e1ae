"""Ways from a figure to the records behind it, for those who may open them."""

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from gencraft_media.console.media_settings.groups import GROUPS, address_of


def records_link(request: HttpRequest, label: str, query: str = "") -> str:
    """Where the rows of a model ("billing.ProviderCost") are listed or set; "" for those who may not see them."""
    if not label:
        return ""
    model = apps.get_model(label)
    registered = admin.site._registry.get(model)
    if registered is None:
        return _settings_link(request, label)
    if not registered.has_view_permission(request):
        return ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{query}" if query else address


def _settings_link(request: HttpRequest, label: str) -> str:
    """The page of "Media generation" that sets these rows, which have no list of their own."""
    groups = (group for group in GROUPS.values() if label.lower() in group.kinds and group.is_open_to(request))
    group = next(groups, None)
    return address_of(group.key) if group is not None else ""
