"""Providers, models and accounts in the admin. A key goes in and never comes out."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from gencraft_media.accounts.reauthentication import ConfirmedAdmin
from gencraft_media.common.admin import AuditedAdmin
from gencraft_media.common.egress import EgressRefused, configured_policy
from providers.credentials import is_usable
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.services import ACCOUNT_FIELDS, KEY_AGAIN, save_account, save_catalogue_row, sends_key_elsewhere

_SHOWN_CHARACTERS = 4


class ProviderAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account with its key as a write-only field."""

    new_key = forms.CharField(
        label="API key",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Sealed in the database and never shown again. Leave empty to keep the key there is.",
    )
    forget_key = forms.BooleanField(label="Forget the key", required=False, widget=UnfoldBooleanSwitchWidget())

    class Meta:
        model = ProviderAccount
        # Never `api_key`: what a form carries, a page shows.
        fields: ClassVar[list[str]] = ["provider", *ACCOUNT_FIELDS]

    def _get_validation_exclusions(self) -> set[str]:
        """The column's own rule knows no host names without a dot, which are usual in a network of one's own."""
        return {*super()._get_validation_exclusions(), "base_url"}  # type: ignore[misc]

    def clean_base_url(self) -> str:
        """Refuse an address that no request would be let out to; what its name means is judged at each request."""
        url = str(self.cleaned_data["base_url"])
        try:
            if url:
                configured_policy().target_of(url)
        except EgressRefused as error:
            message = f"This address is not let out to: {error.reason}. A host of your own is opened by EGRESS_ALLOW."
            raise forms.ValidationError(message) from error
        return url

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        said = self.cleaned_data
        before = ProviderAccount.objects.filter(pk=self.instance.pk).first()
        if before is None or self.errors or said.get("new_key") or said.get("forget_key"):
            return
        if sends_key_elsewhere(before, self.instance):
            self.add_error("new_key", KEY_AGAIN)


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ConfirmedAdmin, AuditedAdmin):
    """Our accounts: keys, addresses and limits. Their service notes what is saved."""

    form = ProviderAccountForm
    list_display = ("provider", "label", "enabled", "key_state", "usable", "requests_per_minute", "concurrent_requests")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    fieldsets = (
        (None, {"fields": ("provider", "label", "enabled", "priority")}),
        ("Key", {"fields": ("key_state", "new_key", "forget_key", "organization", "base_url")}),
        ("Limits (-1: none)", {"fields": ("requests_per_minute", "concurrent_requests", "spend_per_day")}),
    )
    readonly_fields = ("key_state",)

    @admin.display(description="Key")
    def key_state(self, account: ProviderAccount) -> str:
        """The end of the key, which tells two keys apart and opens nothing."""
        if account.api_key:
            return f"••••{account.api_key[-_SHOWN_CHARACTERS:]}" if len(account.api_key) > 16 else "••••"
        if not account.provider_id or account.provider.needs_key:
            return "none"
        return "not needed"

    @admin.display(description="Usable", boolean=True)
    def usable(self, account: ProviderAccount) -> bool:
        """Whether requests can be made with it; a key in the environment counts."""
        return is_usable(account)

    def save_model(self, request: HttpRequest, obj: ProviderAccount, form: Any, change: bool) -> None:
        save_account(
            obj, actor=request.user, new_key=form.cleaned_data["new_key"], forget_key=form.cleaned_data["forget_key"]
        )


class _CatalogueAdmin(ModelAdmin):
    """What both kinds of catalogue rows have in common: the file makes them, an operator edits them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Jobs and prices name these rows for ever: they are disabled, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_catalogue_row(obj, actor=request.user, changed=form.changed_data)


@admin.register(Provider)
class ProviderAdmin(_CatalogueAdmin):
    """Vendors."""

    list_display = ("label", "key", "enabled", "default_model", "key_variable")
    list_filter = ("enabled",)


@admin.register(ProviderModel)
class ProviderModelAdmin(_CatalogueAdmin):
    """Models: what each can do, within which limits, until when."""

    list_display = ("name", "provider", "enabled", "operations", "available_from", "retires_at", "replaced_by")
    list_filter = ("provider", "enabled")
    search_fields = ("name", "label", "aliases")
    list_select_related = ("provider",)
