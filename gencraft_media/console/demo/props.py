"""What the demo's requests need to be served: provider accounts, a server of one's own, a markup.

All of it is there inside the demo's own transactions alone. What others ever see of it is switched off and has no key,
so that no request of anybody's goes out by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from billing.models import PriceLine, PricingSettings
from billing.price_changes import add_price
from billing.pricelist import forget_prices
from gencraft_media.accounts.models import User
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.versioned import change_settings, forget_settings
from gencraft_media.console.demo.cast import DOMAIN, WORKSHOP, demo_id
from gencraft_media.generation.custom_models.services import create_custom_model
from providers.kinds import AUTOMATIC1111
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.operations import Operation
from providers.selectors import SIM

MARKUP_PERCENT = Decimal(30)
LABEL = "demo"
_VENDORS = ("openai", "stability", "flux")
# Before every other account of its provider, while it is switched on.
_PRIORITY = 1_000
_NO_KEY = "demo-key-of-no-worth"
_WORKSHOP_MODEL = "sd-xl-local"
_WORKSHOP_PRICES = (Decimal("0.0210"), Decimal("0.0180"), Decimal("0.0150"))


def demo_accounts() -> list[ProviderAccount]:
    """The accounts of the demo, switched off as they are."""
    vendors = [demo_id(f"account {key}") for key in _VENDORS]
    own = ProviderAccount.objects.filter(provider_id=WORKSHOP)
    return [*ProviderAccount.objects.filter(pk__in=vendors), *own]


def set_up_accounts(actor: User, effective_from: datetime) -> None:
    """The vendors' accounts and the workshop with its model and first price, all of them switched off."""
    for key in Provider.objects.filter(key__in=_VENDORS).values_list("key", flat=True):
        ProviderAccount.objects.create(
            id=demo_id(f"account {key}"), provider_id=key, label=LABEL, enabled=False, priority=_PRIORITY
        )
    change_price(0, actor, effective_from)
    create_custom_model(
        {
            "provider": WORKSHOP,
            "provider_label": "Workshop (demo)",
            "kind": AUTOMATIC1111,
            "base_url": f"https://workshop.{DOMAIN}",
            "name": _WORKSHOP_MODEL,
            "label": "SD XL in the workshop",
            "operations": [Operation.TEXT_TO_IMAGE.value],
            "routable": True,
            "quality_prior": Decimal("0.50"),
            "typical_seconds": 12,
            "prices": [],
        },
        actor=actor,
    )
    switch(on=False)


def change_price(step: int, actor: User, effective_from: datetime) -> PriceLine | None:
    """A price of the workshop's; it becomes cheaper, so that there is a history."""
    return add_price(
        provider=WORKSHOP,
        model=_WORKSHOP_MODEL,
        operation=Operation.TEXT_TO_IMAGE.value,
        amount=_WORKSHOP_PRICES[step],
        actor=actor,
        source="The workshop's own sums (demo).",
        effective_from=effective_from,
    )


def switch(*, on: bool) -> None:
    """Switch the demo's accounts on, for the transaction that is open, or off for good."""
    key = _NO_KEY if on else ""
    for account in demo_accounts():
        account.enabled, account.api_key = on, key
        account.save(update_fields=["enabled", "api_key"])
    Provider.objects.filter(key=WORKSHOP).update(enabled=on)
    ProviderModel.objects.filter(provider_id=WORKSHOP).update(enabled=on)
    forget_everything()


@contextmanager
def on_stage() -> Iterator[None]:
    """Inside a transaction: accounts switched on and a markup in force; as before when the block ends."""
    switch(on=True)
    markup = change_settings(PricingSettings, {"markup_percent": MARKUP_PERCENT}, reason="demo")
    forget_everything()
    try:
        yield
    finally:
        PricingSettings.objects.filter(pk=markup.pk).delete()
        switch(on=False)


def forget_everything() -> None:
    """Read settings, prices and the catalogue anew, in this process."""
    forget_settings()
    forget_prices()
    forget_remembered()


def uses_real_accounts() -> bool:
    """Whether any account but the simulator's and the demo's has a row: somebody works with this engine."""
    demo = [account.pk for account in demo_accounts()]
    return ProviderAccount.objects.exclude(pk__in=demo).exclude(provider_id=SIM).filter(attempts__isnull=False).exists()
