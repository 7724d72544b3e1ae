"""Where new pictures are kept and what gives them to browsers."""

from collections.abc import Mapping
from typing import Any

from django import forms

from assets.models import CdnProvider, StorageKind, StorageSettings
from assets.storage_check import check_storage
from gencraft_media.console.media_settings.cards import SettingsCard, Tried
from gencraft_media.console.media_settings.forms import CardForm, SecretField, masked

_OF_THE_BUCKET = ("access_key", "secret_key")
_KEYS = (*_OF_THE_BUCKET, "cloudflare_token")


class StorageForm(CardForm):
    """The bucket, its keys, and who stands between it and browsers."""

    fieldsets = (
        ("Storage", ("kind", "bucket", "private_bucket", "region", "endpoint")),
        ("Keys", ("access_key", "secret_key", "forget_keys")),
        (
            "Delivery",
            (
                "cdn_provider",
                "cdn_url",
                "cloudfront_distribution_id",
                "cloudflare_zone_id",
                "cloudflare_token",
                "forget_token",
            ),
        ),
    )
    kind = forms.ChoiceField(
        label="Kept in",
        choices=StorageKind.choices,
        help_text="Older pictures stay where they are and are found there.",
    )
    bucket = forms.CharField(label="Bucket", required=False, max_length=63, help_text="Of public pictures.")
    private_bucket = forms.CharField(
        label="Bucket of originals",
        required=False,
        max_length=63,
        help_text="Never public. Empty: the bucket's name and “-originals”.",
    )
    region = forms.CharField(label="Region", required=False, max_length=50, help_text="R2: auto.")
    endpoint = forms.CharField(
        label="Endpoint",
        required=False,
        max_length=200,
        help_text="Empty: Amazon's own. R2: https://ACCOUNT.r2.cloudflarestorage.com",
    )
    access_key = SecretField(label="Access key")
    secret_key = SecretField(label="Secret key")
    forget_keys = forms.BooleanField(
        label="Forget both keys",
        required=False,
        help_text="Then the machine's own role is used, and wherever else Amazon's library looks.",
    )
    cdn_provider = forms.ChoiceField(label="CDN", choices=CdnProvider.choices)
    cdn_url = forms.CharField(
        label="CDN address",
        required=False,
        max_length=200,
        help_text="What stands before a picture's key. Empty: this engine's own address.",
    )
    cloudfront_distribution_id = forms.CharField(label="CloudFront distribution", required=False, max_length=50)
    cloudflare_zone_id = forms.CharField(label="Cloudflare zone", required=False, max_length=50)
    cloudflare_token = SecretField(label="Cloudflare token")
    forget_token = forms.BooleanField(label="Forget the token", required=False)

    def clean(self) -> dict[str, Any]:
        """New keys and none are no answer together."""
        said = super().clean() or {}
        for forget, names in (("forget_keys", _OF_THE_BUCKET), ("forget_token", ("cloudflare_token",))):
            if said.get(forget) and any(said.get(name) for name in names):
                self.add_error(forget, "Enter what is new or forget what there is, not both.")
        return said

    def said(self) -> dict[str, Any]:
        """The columns; what is to be forgotten is empty."""
        said = super().said()
        if said.pop("forget_keys", False):
            said.update(dict.fromkeys(_OF_THE_BUCKET, ""))
        if said.pop("forget_token", False):
            said["cloudflare_token"] = ""
        return said


class StorageCard(SettingsCard):
    """The storage of new objects and its CDN."""

    key = "storage"
    title = "Storage and delivery"
    about = "In force within a second, in every process, for new pictures."
    permissions = ("assets.change_storagesettings",)
    form_class = StorageForm
    kind = StorageSettings

    @property
    def check_label(self) -> str:
        return "Test storage"

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        form, row = super().form(data, initial), self.row()
        if not (row.access_key or row.secret_key):
            del form.fields["forget_keys"]
        if not row.cloudflare_token:
            del form.fields["forget_token"]
        return form

    def secret_states(self) -> Mapping[str, str]:
        row = self.row()
        return {name: masked(getattr(row, name)) or "none" for name in _KEYS}

    def check(self, said: Mapping[str, Any]) -> list[Tried]:
        return [Tried(step.ok, step.message) for step in check_storage({**self.row().values(), **said})]
