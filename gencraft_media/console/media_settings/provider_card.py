"""A provider with its account: on or off, key, default model, organization, rate."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from gencraft_media.common.models import AuditEntry
from gencraft_media.console.media_settings.cards import Card, State, Tried
from gencraft_media.console.media_settings.forms import CardForm, SecretField, fingerprint, masked
from gencraft_media.generation.connection_checks import check_account
from providers.credentials import api_key_of, is_usable
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.registry import kind_of
from providers.services import save_account, save_catalogue_row

_OF_PROVIDER = ("enabled", "default_model")
_OF_ACCOUNT = ("organization", "requests_per_minute")
_KEY, _FORGET = "api_key", "forget_key"


class ProviderForm(CardForm):
    """What an operator sets of a provider that needs a key."""

    fieldsets = (("", ("enabled", "default_model", "api_key", "forget_key", "organization", "requests_per_minute")),)
    enabled = forms.BooleanField(label="Enabled", required=False, help_text="Off: no new request goes to it.")
    default_model = forms.ChoiceField(
        label="Default model", required=False, help_text="Where a request names the provider and no model."
    )
    api_key = SecretField(label="API key")
    forget_key = forms.BooleanField(label="Forget the key", required=False)
    organization = forms.CharField(
        label="Organization", required=False, max_length=200, help_text="Who pays, at providers that have such."
    )
    requests_per_minute = forms.IntegerField(
        label="Requests a minute", min_value=-1, help_text="All workers together keep it. −1: unlimited."
    )

    def clean_requests_per_minute(self) -> int:
        """None a minute would keep every job waiting: that is what `enabled` is for."""
        said = int(self.cleaned_data["requests_per_minute"])
        if said == 0:
            raise forms.ValidationError("Say −1 for unlimited, or at least 1; to stop it, switch the provider off.")
        return said

    def clean(self) -> dict[str, Any]:
        """Both a new key and none is no answer."""
        said = super().clean() or {}
        if said.get(_KEY) and said.get(_FORGET):
            self.add_error(_FORGET, "Enter a new key or forget the one there is, not both.")
        return said

    def said(self) -> dict[str, Any]:
        said = super().said()
        if not said.get(_FORGET):
            said.pop(_FORGET, None)
        return said


class ProviderCard(Card):
    """One vendor of the catalogue, with the account that is preferred."""

    permissions = ("providers.change_provideraccount", "providers.change_provider")
    form_class = ProviderForm

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.key = f"provider-{provider.pk}"
        self.title = provider.label

    def account(self) -> ProviderAccount:
        """The preferred one of the accounts that are on, else of those that are off, or a new one."""
        return next(iter(self._accounts()), None) or ProviderAccount(provider=self.provider)

    def _accounts(self) -> list[ProviderAccount]:
        rows = ProviderAccount.objects.filter(provider=self.provider).select_related("provider")
        return list(rows.order_by("-enabled", "-priority", "label", "pk"))

    def state(self) -> State:
        provider, account = Provider.objects.get(pk=self.provider.pk), self.account()
        values = {
            **{name: getattr(provider, name) for name in _OF_PROVIDER},
            **{name: getattr(account, name) for name in _OF_ACCOUNT},
        }
        # A key that somebody else replaced makes another state, without being in it.
        return State(values, fingerprint(account.api_key))

    def lock(self) -> None:
        Provider.objects.select_for_update().get(pk=self.provider.pk)

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        form = super().form(data, initial)
        choice = form.fields["default_model"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = model_choices(self.provider)
        if not self.provider.needs_key:
            for name in (_KEY, "organization"):
                del form.fields[name]
        if not self.account().api_key:
            del form.fields[_FORGET]
        return form

    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        provider, account = Provider.objects.get(pk=self.provider.pk), self.account()
        of_provider = [name for name in _OF_PROVIDER if name in changes]
        for name in of_provider:
            setattr(provider, name, changes[name])
        if of_provider:
            save_catalogue_row(provider, actor=actor, changed=of_provider, reason=reason)
        if changes.keys() & {*_OF_ACCOUNT, _KEY, _FORGET}:
            for name in changes.keys() & set(_OF_ACCOUNT):
                setattr(account, name, changes[name])
            new_key, forget = changes.get(_KEY, ""), bool(changes.get(_FORGET))
            save_account(account, actor=actor, new_key=new_key, forget_key=forget, reason=reason)

    def last_change(self) -> AuditEntry | None:
        targets = Q(target_kind="providers.provider", target_id=self.provider.pk)
        accounts = ProviderAccount.objects.filter(provider=self.provider)
        for pk in accounts.values_list("pk", flat=True):
            targets |= Q(target_kind="providers.provideraccount", target_id=str(pk))
        return AuditEntry.objects.filter(targets).first()

    def secret_states(self) -> Mapping[str, str]:
        account = self.account()
        variable = self.provider.key_variable
        from_environment = not account.api_key and api_key_of(account)
        return {_KEY: f"from {variable}" if from_environment else masked(account.api_key) or "none"}

    @property
    def check_label(self) -> str:
        return "Test connection" if kind_of(self.provider) is not None else ""

    def check(self, said: Mapping[str, Any]) -> list[Tried]:
        account = self.account()
        account.organization = said.get("organization", account.organization)
        finding = check_account(account, new_key=said.get(_KEY, ""))
        return [Tried(finding.ok, finding.message)]

    def extras(self, form: CardForm) -> dict[str, Any]:
        accounts = self._accounts()
        if len(accounts) > 1:
            self.about = f"Shown is the account “{accounts[0].label}”; there are others, linked below."
        return {"badge": badge_of(self.provider, self.account()), "links": self._links(accounts)}

    def _links(self, accounts: list[ProviderAccount]) -> list[tuple[str, str]]:
        every = reverse("admin:providers_provideraccount_changelist")
        links = [("All accounts and limits", f"{every}?provider__key__exact={self.provider.pk}")]
        links += [
            (_told(other), reverse("admin:providers_provideraccount_change", args=[other.pk])) for other in accounts[1:]
        ]
        return [*links, ("Documentation", self.provider.documentation)] if self.provider.documentation else links


def _told(account: ProviderAccount) -> str:
    return f"Account “{account.label}”{'' if account.enabled else ' (off)'}"


def badge_of(provider: Provider, account: ProviderAccount) -> tuple[str, str]:
    """In a word whether requests can be made, and its colour."""
    if not provider.enabled:
        return "Off", "warning"
    if not account.enabled:
        return "Account off", "warning"
    if kind_of(provider) is None:
        return "No adapter", "warning"
    if not is_usable(account):
        return "No key", "danger"
    return "Ready", "success"


def model_choices(provider: Provider) -> list[tuple[str, str]]:
    """The provider's models of today, and the one that is chosen whatever became of it."""
    today = timezone.now().date()
    current = Q(retires_at=None) | Q(retires_at__gt=today)
    rows = ProviderModel.objects.filter(current, provider=provider, enabled=True).order_by("pk")
    models = [(row.name, row.name) for row in rows]
    chosen = Provider.objects.get(pk=provider.pk).default_model
    others = [] if not chosen or chosen in dict(models) else [(chosen, f"{chosen} (not offered now)")]
    return [("", "The first that does it"), *others, *models]


def provider_cards() -> list[ProviderCard]:
    """Every vendor of the catalogue. Servers of an operator's own have another page."""
    return [ProviderCard(row) for row in Provider.objects.filter(kind="").order_by("label")]
