"""Midjourney: no official API, so a relay of the operator's own, off until it is wanted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from rest_framework.exceptions import ValidationError as Unfit

from billing.models import PriceKind
from billing.price_changes import prices_of
from billing.pricelist import ANY
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.models import AuditEntry
from gencraft_media.console.media_settings.cards import Card, State, Tried
from gencraft_media.console.media_settings.forms import CardForm, SecretField, fingerprint, masked
from gencraft_media.generation.connection_checks import check_account
from gencraft_media.generation.custom_models.checking import check_server
from gencraft_media.generation.custom_models.fields import checked_base_url
from gencraft_media.generation.custom_models.services import change_custom_model, create_custom_model
from providers.kinds import KINDS, OPENAI_COMPATIBLE
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.services import save_account

MIDJOURNEY = "midjourney"
WHY = (
    "Midjourney offers no official API. Whoever wants its pictures runs a relay with OpenAI's image interface, which "
    "drives an account of theirs; Midjourney's and Discord's terms do not allow that for every use, and such an "
    "account can be closed. So it is off until you switch it on, and the engine talks to your relay alone, never to "
    "Discord."
)
_SECRET, _FORGET = "relay_secret", "forget_secret"


class MidjourneyForm(CardForm):
    """The relay and what it takes for a picture."""

    fieldsets = (("", ("enabled", "relay_address", "relay_model", "price", _SECRET, _FORGET, "requests_per_minute")),)
    enabled = forms.BooleanField(label="Enabled", required=False)
    relay_address = forms.CharField(
        label="Relay address", required=False, max_length=200, help_text="As in https://relay.example.com/v1"
    )
    relay_model = forms.CharField(
        label="Model", required=False, max_length=100, help_text="Under which name the relay knows it."
    )
    price = forms.DecimalField(
        label="Price of a picture",
        required=False,
        min_value=Decimal(0),
        max_digits=16,
        decimal_places=10,
        help_text="US dollars that it costs you, before the markup.",
    )
    relay_secret = SecretField(label="Relay secret")
    forget_secret = forms.BooleanField(label="Forget the secret", required=False)
    requests_per_minute = forms.IntegerField(label="Requests a minute", min_value=-1, help_text="−1: unlimited.")

    def clean_relay_address(self) -> str:
        """Refuse an address that no request would be let out to."""
        url = str(self.cleaned_data["relay_address"])
        try:
            return checked_base_url(url) if url else ""
        except Unfit as error:
            raise forms.ValidationError([str(text) for text in error.detail]) from error

    def clean(self) -> dict[str, Any]:
        """A relay that is on has an address, a model and a price."""
        said = super().clean() or {}
        if said.get(_SECRET) and said.get(_FORGET):
            self.add_error(_FORGET, "Enter a new secret or forget the one there is, not both.")
        if said.get("enabled"):
            for name in ("relay_address", "relay_model", "price"):
                if said.get(name) in (None, "") and name not in self.errors:
                    self.add_error(name, "A relay that is switched on needs it.")
        return said

    def said(self) -> dict[str, Any]:
        said = super().said()
        if not said.get(_FORGET):
            said.pop(_FORGET, None)
        return said


class MidjourneyCard(Card):
    """The relay as a custom model of its own provider."""

    key = f"provider-{MIDJOURNEY}"
    title = "Midjourney"
    about = WHY
    permissions = ("providers.change_provideraccount", "providers.change_provider", "providers.change_providermodel")
    form_class = MidjourneyForm

    def account(self) -> ProviderAccount:
        """The relay's account, or a new one."""
        return ProviderAccount.objects.filter(provider=MIDJOURNEY).first() or ProviderAccount(provider_id=MIDJOURNEY)

    def model(self) -> ProviderModel | None:
        """The relay's model, once it was switched on."""
        return ProviderModel.objects.filter(provider=MIDJOURNEY, name=MIDJOURNEY).first()

    def state(self) -> State:
        account, row = self.account(), self.model()
        price = next((exact_text(line.amount) for line in prices_of(MIDJOURNEY, MIDJOURNEY)), None)
        values = {
            "enabled": row is not None and row.enabled,
            "relay_address": account.base_url,
            "relay_model": row.wiring.get("model", "") if row is not None else MIDJOURNEY,
            "price": price,
            "requests_per_minute": account.requests_per_minute,
        }
        return State(values, fingerprint(account.api_key))

    def form(self, data: Any = None, initial: Any = None) -> CardForm:
        form = super().form(data, initial)
        if not self.account().api_key:
            del form.fields[_FORGET]
        return form

    def lock(self) -> None:
        Provider.objects.select_for_update().filter(pk=MIDJOURNEY).first()

    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        wanted = {**state.values, **changes}
        row = self.model()
        if row is None:
            Provider.objects.get_or_create(
                pk=MIDJOURNEY,
                defaults={
                    "label": "Midjourney", "kind": OPENAI_COMPATIBLE, "needs_key": True, "enabled": False,
                    "default_model": MIDJOURNEY,
                },
            )  # fmt: skip
        self._save_account(wanted, changes, actor, reason)
        values: dict[str, Any] = {"enabled": wanted["enabled"], "wiring": {"model": wanted["relay_model"]}}
        if wanted["price"] is not None:
            price = {"operation": ANY, "kind": PriceKind.IMAGE, "amount": Decimal(wanted["price"])}
            values["prices"] = [price]
        if row is not None:
            change_custom_model(row, values, actor=actor, reason=reason)
        elif wanted["enabled"]:
            new = {"provider": MIDJOURNEY, "name": MIDJOURNEY, **values}
            create_custom_model(new, actor=actor, reason=reason)

    def last_change(self) -> AuditEntry | None:
        account = self.account()
        return AuditEntry.objects.filter(
            Q(target_kind="providers.provideraccount", target_id=str(account.pk))
            | Q(target_kind="providers.providermodel", target_id=str(getattr(self.model(), "pk", "")))
        ).first()

    def secret_states(self) -> Mapping[str, str]:
        return {_SECRET: masked(self.account().api_key) or "none"}

    @property
    def check_label(self) -> str:
        return "Test relay"

    def check(self, said: Mapping[str, Any]) -> list[Tried]:
        address, secret, account = said["relay_address"], said.get(_SECRET, ""), self.account()
        if not address:
            return [Tried(False, "Enter the relay's address.")]
        if account._state.adding:
            server = check_server(kind=OPENAI_COMPATIBLE, base_url=address, api_key=secret, wanted=said["relay_model"])
            return [Tried(server.ok, server.message)]
        finding = check_account(account, base_url=address, new_key=secret)
        return [Tried(finding.ok, finding.message)]

    def extras(self, form: CardForm) -> dict[str, Any]:
        return {"badge": self.badge()}

    def badge(self) -> tuple[str, str]:
        """In a word whether it is on, and its colour."""
        row = self.model()
        return ("On", "success") if row is not None and row.enabled else ("Off", "")

    def _save_account(self, wanted: Mapping[str, Any], changes: Mapping[str, Any], actor: Any, reason: str) -> None:
        account = self.account()
        if account._state.adding:
            account.concurrent_requests = KINDS[OPENAI_COMPATIBLE].concurrent_requests
        elif not changes.keys() & {"relay_address", "requests_per_minute", _SECRET, _FORGET}:
            return
        account.base_url = wanted["relay_address"]
        account.requests_per_minute = wanted["requests_per_minute"]
        new_key, forget = changes.get(_SECRET, ""), bool(changes.get(_FORGET))
        save_account(account, actor=actor, new_key=new_key, forget_key=forget, reason=reason)
