"""Making, changing and disabling models on operators' own servers: one transaction each, audited, keys aside."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from billing.price_changes import add_price, prices_of
from billing.pricelist import ANY
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict, FieldError, InvalidRequest
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.custom_models.limits import limits_of, said_of
from gencraft_media.generation.custom_models.wiring import check_operations, wiring_of
from providers.kinds import KINDS
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.operations import Operation
from providers.services import save_account

# Words that mean something else where a provider is named.
RESERVED = frozenset({"auto", "custom"})
# Field of the account -> field of the body.
_ACCOUNT = {
    "base_url": "baseUrl",
    "requests_per_minute": "requestsPerMinute",
    "concurrent_requests": "concurrentRequests",
    "spend_per_day": "spendPerDay",
}
_MODEL = ("label", "enabled", "routable", "quality_prior", "typical_seconds")
_AUDITED = ("label", "enabled", "operations", "limits", "wiring", "routable", "quality_prior", "typical_seconds")
_NEEDED_OF_A_SERVER = {"kind": "kind", "base_url": "baseUrl"}

Values = Mapping[str, Any]


@transaction.atomic
def create_custom_model(values: Values, *, actor: Any, reason: str = "") -> ProviderModel:
    """The model that `NewModel` describes, and its server where that is not there yet.

    Raises `InvalidRequest` naming fields, `Conflict` where the server has a model of this name.
    """
    provider = _provider_for(values)
    if ProviderModel.objects.filter(provider=provider, name=values["name"]).exists():
        raise Conflict(f"{provider.key} has a model {values['name']} already; change that one.")
    _refuse_other_account(provider, values)
    _save_account(provider, values, actor)
    row = ProviderModel(provider=provider, name=values["name"], label=values.get("label") or values["name"])
    row.quality_source = "The operator's own figure."
    _apply(row, {"operations": [Operation.TEXT_TO_IMAGE.value], "enabled": True, **values})
    row.save()
    _keep_provider(row, values)
    record_audit(actor=actor, action="custom_model.created", target=row, after=_facts_of(row), reason=reason)
    _add_prices(row, values["prices"], actor)
    transaction.on_commit(forget_remembered)
    return row


@transaction.atomic
def change_custom_model(row: ProviderModel, values: Values, *, actor: Any, reason: str = "") -> ProviderModel:
    """The model after the changes that `ModelChanges` describes; what is absent stays. Jobs in hand go on.

    Raises `InvalidRequest` naming fields.
    """
    row = ProviderModel.objects.select_for_update(of=("self",)).select_related("provider").get(pk=row.pk)
    before = _facts_of(row)
    _save_account(row.provider, values, actor)
    _apply(row, values)
    row.save()
    _keep_provider(row, values)
    after = _facts_of(row)
    record_audit(actor=actor, action="custom_model.changed", target=row, before=before, after=after, reason=reason)
    _add_prices(row, values.get("prices", ()), actor)
    transaction.on_commit(forget_remembered)
    return row


def disable_custom_model(row: ProviderModel, *, actor: Any) -> ProviderModel:
    """The model, of no use from now on: jobs and prices name it for ever, so it is not deleted."""
    return change_custom_model(row, {"enabled": False}, actor=actor)


def _provider_for(values: Values) -> Provider:
    key = values["provider"]
    provider = Provider.objects.select_for_update().filter(key=key).first()
    if key in RESERVED or (provider is not None and not provider.kind):
        raise InvalidRequest(
            errors=[FieldError("provider", f"{key} is another provider; choose another name.", "taken")]
        )
    if provider is not None:
        if values.get("kind") not in (None, provider.kind):
            message = f"The server {key} is there already, and its kind is {provider.kind}."
            raise InvalidRequest(errors=[FieldError("kind", message, allowed=[provider.kind])])
        return provider
    missing = [spelling for name, spelling in _NEEDED_OF_A_SERVER.items() if not values.get(name)]
    if missing:
        message = "A server that is not there yet needs it."
        raise InvalidRequest(errors=[FieldError(spelling, message, "required") for spelling in missing])
    label = values.get("provider_label") or key
    return Provider.objects.create(
        key=key, label=label, kind=values["kind"], needs_key=False, default_model=values["name"]
    )


def _keep_provider(row: ProviderModel, values: Values) -> None:
    """A server whose last model is disabled is no provider any more, and one again with the first."""
    provider = row.provider
    provider.label = values.get("provider_label", provider.label)
    provider.enabled = ProviderModel.objects.filter(provider=provider, enabled=True).exists()
    provider.save(update_fields=["label", "enabled"])


def _refuse_other_account(provider: Provider, values: Values) -> None:
    """A new model changes nothing for those that are on its server already."""
    account = _account_of(provider)
    if account is None:
        return
    fields = {**_ACCOUNT, "api_key": "apiKey"}
    wrong = [
        FieldError(spelling, f"The server {provider.key} is there already; change it with one of its models.", "taken")
        for name, spelling in fields.items()
        if name in values and values[name] != getattr(account, name)
    ]
    if wrong:
        raise InvalidRequest(errors=wrong)


def _account_of(provider: Provider) -> ProviderAccount | None:
    return ProviderAccount.objects.filter(provider=provider).order_by("-priority", "label").first()


def _save_account(provider: Provider, values: Values, actor: Any) -> None:
    said = {name: values[name] for name in _ACCOUNT if name in values}
    account = _account_of(provider)
    if account is None:
        account = ProviderAccount(provider=provider, concurrent_requests=KINDS[provider.kind].concurrent_requests)
    elif not said and "api_key" not in values:
        return
    for name, value in said.items():
        setattr(account, name, value)
    new_key = values.get("api_key", "")
    save_account(account, actor=actor, new_key=new_key, forget_key="api_key" in values and not new_key)


def _apply(row: ProviderModel, values: Values) -> None:
    for name in _MODEL:
        if name in values:
            setattr(row, name, values[name])
    kind, said = row.provider.kind, values.get("limits", said_of(row.limits))
    row.operations = list(dict.fromkeys(str(name) for name in values.get("operations", row.operations)))
    check_operations(kind, row.operations)
    row.wiring = wiring_of(kind, values.get("wiring", row.wiring), row.operations)
    row.limits = limits_of(kind, row.wiring, row.operations, said)


def _add_prices(row: ProviderModel, prices: Any, actor: Any) -> None:
    """Raises `InvalidRequest` where an operation of the model has no price: an unknown one would be refused."""
    for price in prices:
        add_price(
            provider=row.provider_id,
            model=row.name,
            operation=price["operation"],
            kind=price["kind"],
            amount=price["amount"],
            actor=actor,
            source=f"Said by {actor} of a server of our own.",
        )
    priced = {line.operation for line in prices_of(row.provider_id, row.name)}
    unpriced = [name for name in row.operations if not {name, ANY} & priced]
    if unpriced:
        message = f"There is no price for {unpriced[0]}; say one, be it 0."
        raise InvalidRequest(errors=[FieldError("prices", message, "required")])


def _facts_of(row: ProviderModel) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in _AUDITED}
    return {**facts, "quality_prior": None if row.quality_prior is None else str(row.quality_prior)}
