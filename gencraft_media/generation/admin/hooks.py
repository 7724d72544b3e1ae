"""Who is asked beside the engine itself. A secret goes in and never comes out."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from gencraft_media.accounts.reauthentication import ConfirmedAdmin
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.hooks.targets import OFF, HookName, check_target
from gencraft_media.generation.models import HookSettings
from gencraft_media.webhooks.signatures import new_secret

_LABELS = {
    HookName.ROUTER: "Router: the order of the models that could serve a request",
    HookName.COST: "Cost: the price of a request",
    HookName.QUALITY: "Quality: what an output is worth",
}


class HookSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A hook's target and, for an address, the secret that signs."""

    scope = forms.ChoiceField(label="Hook", choices=list(_LABELS.items()), widget=UnfoldAdminSelectWidget)
    new_secret = forms.CharField(
        label="Secret",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=(
            "For an address only; the server behind it knows it, too. Sealed and never shown again. "
            "Empty: the secret there is."
        ),
    )

    class Meta:
        model = HookSettings
        # Never `secret`: what a form carries, a page shows.
        fields: ClassVar[list[str]] = ["scope", "target", "reason"]
        help_texts: ClassVar[dict[str, str]] = {
            "target": (
                "A dotted path such as plugins.routing.rank, or an https address. Empty: what the environment names; "
                f'"{OFF}": nobody.'
            ),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        target = values.get("target", "").strip()
        values["target"] = target
        kept = current_settings(HookSettings, values.get("scope", "")).secret
        # Of no use to a function, and nobody would know it.
        values["secret"] = (values.get("new_secret") or kept) if "://" in target else ""
        try:
            check_target(target, values["secret"])
        except InvalidRequest as error:
            for entry in error.errors:
                if entry.field == "secret":
                    self.add_error(
                        "new_secret", f"{entry.message} A fresh one, which nobody else knows: {new_secret()}"
                    )
                else:
                    self.add_error("target", entry.message)
        return values


@admin.register(HookSettings)
class HookSettingsAdmin(ConfirmedAdmin):
    """Changed by adding a version; the newest of a hook holds, older ones stay to be read."""

    form = HookSettingsForm
    fields: ClassVar[tuple[str, ...]] = ("scope", "target", "new_secret", "reason")
    list_display = ("scope", "shown_target", "has_secret", "version", "changed_by", "reason", "created_at")
    list_filter = ("scope",)
    ordering = ("scope", "-version")

    @display(description="target")
    def shown_target(self, row: HookSettings) -> str:
        return row.target or "as the environment says"

    @admin.display(description="secret", boolean=True)
    def has_secret(self, row: HookSettings) -> bool:
        return bool(row.secret)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A version that was saved is read without its secret."""
        return (
            self.fields if obj is None else ("scope", "shown_target", "has_secret", "version", "changed_by", "reason")
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever names a function names what the engine runs: no permission that is given away holds for it."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: HookSettings, form: Any, change: bool) -> None:
        said = form.cleaned_data
        changes = {"target": said["target"], "secret": said["secret"]}
        saved = save_settings(HookSettings, changes, scope=said["scope"], actor=request.user, reason=said["reason"])
        # The row that holds is the one the service wrote: the admin goes on with it.
        obj.__dict__.update(saved.__dict__)
