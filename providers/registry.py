"""Which adapter speaks for which provider. Adding a provider adds one line here (docs/adding-a-provider.md)."""

from providers.adapters.automatic1111 import Automatic1111Adapter
from providers.adapters.comfyui import ComfyUiAdapter
from providers.adapters.flux import FluxAdapter
from providers.adapters.openai import OpenAiAdapter
from providers.adapters.openai_compatible import OpenAiCompatibleAdapter
from providers.adapters.resample import ResampleAdapter
from providers.adapters.sim import SimAdapter
from providers.adapters.stability.adapter import StabilityAdapter
from providers.base import ProviderAdapter
from providers.credentials import base_url_of
from providers.errors import ProviderNotConfigured
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.selectors import SIM, account_for

ADAPTERS: dict[str, type[ProviderAdapter]] = {
    "automatic1111": Automatic1111Adapter,
    "comfyui": ComfyUiAdapter,
    "flux": FluxAdapter,
    "openai": OpenAiAdapter,
    "openai-compatible": OpenAiCompatibleAdapter,
    "resample": ResampleAdapter,
    "sim": SimAdapter,
    "stability": StabilityAdapter,
}

ACCOUNTS_PAGE = "/admin/providers/provideraccount/"


def adapter_for(model: ProviderModel, *, account: ProviderAccount | None = None) -> ProviderAdapter:
    """The adapter that speaks for a model, at `account`'s address, by default the account in use.

    Raises `ProviderNotConfigured` when there is no adapter, or no account that can be used.
    """
    kind = kind_of(model.provider)
    account = account or account_for(model.provider_id)
    if kind is None or account is None:
        raise ProviderNotConfigured(_advice(model.provider), provider=model.provider_id)
    return kind(model.name, base_url_of(account))


def kind_of(provider: Provider) -> type[ProviderAdapter] | None:
    """Who speaks to a provider: the adapter of its kind, or of its own name."""
    return ADAPTERS.get(provider.kind or provider.key)


def find_kind(provider: str) -> type[ProviderAdapter] | None:
    """Who speaks to the provider of this name, which a stranger may have made up; None for nobody."""
    row = Provider.objects.filter(pk=provider).first()
    return kind_of(row) if row is not None else None


def _advice(provider: Provider) -> str:
    variable = f" or set the environment variable {provider.key_variable}" if provider.key_variable else ""
    advice = []
    if account_for(provider.key) is None:
        lacking = "address or key" if provider.kind else "key"
        advice.append(f"{provider.label} has no {lacking} yet: enter one at {ACCOUNTS_PAGE}{variable}.")
    if provider.key == SIM:
        return "The simulator is switched off here; set SIM_ENABLED to true to use it."
    if kind_of(provider) is None:
        advice.append(f"This version does not speak to {provider.label} yet, even with a key.")
    return " ".join([*advice, 'The provider "sim" works without a key.'])
