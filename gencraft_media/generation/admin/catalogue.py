"""The catalogue with its prices: the page of a model says what it takes, what it costs and what it cost before."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.decorators import action

from billing.price_history import price_history
from gencraft_media.generation.admin.catalogue_limits import readable_limits
from gencraft_media.generation.admin.catalogue_prices import MAY_ADD, price_view, standard_costs
from providers.admin import ProviderAdmin, ProviderModelAdmin
from providers.models import Provider, ProviderModel
from providers.services import save_catalogue_row

# Prices and providers know nothing of each other: only here, above both, can one page show the two.
admin.site.unregister([Provider, ProviderModel])


class Switching:
    """Switching rows of the catalogue on and off from a list."""

    actions: Any = ("switch_on", "switch_off")

    @action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._switch(request, rows, on=True)

    @action(description="Switch off: new requests go elsewhere", permissions=["change"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._switch(request, rows, on=False)

    def _switch(self, request: HttpRequest, rows: QuerySet[Any], *, on: bool) -> None:
        changed = 0
        for row in rows.exclude(enabled=on):
            row.enabled = on
            save_catalogue_row(row, actor=request.user, changed=["enabled"])
            changed += 1
        messages.success(request, f"Switched {'on' if on else 'off'}: {changed}.")


@admin.register(Provider)
class SwitchedProviderAdmin(Switching, ProviderAdmin):
    """Vendors, and servers of one's own."""


@admin.register(ProviderModel)
class PricedModelAdmin(Switching, ProviderModelAdmin):
    """Models with their limits in words, their prices and the history of these."""

    change_form_outer_before_template = "generation/catalogue/model.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("common/pages.css",)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, and above it what the form does not say."""
        row = self.get_object(request, object_id)
        found = {} if row is None else _facts_of(request, row)
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**found, **(extra_context or {})})
        return answer

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(price_view)
        return [path("<path:object_id>/price/", view, name="providers_providermodel_price"), *super().get_urls()]


def _facts_of(request: HttpRequest, row: ProviderModel) -> dict[str, Any]:
    found: dict[str, Any] = {
        "limits_read": readable_limits(row.limits),
        "may_add_price": request.user.has_perm(MAY_ADD),
    }
    if request.user.has_perm("billing.view_priceline"):
        found |= {"prices": price_history(row.provider_id, row.name), "costs": standard_costs(row)}
    return found
