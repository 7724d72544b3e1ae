"""A small market of invented models as rows: what each costs, how long it takes, how it did, what keeps it shut.

Its shape is told in situations/market.toml.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from assets.models import AssetRating
from billing.models import PriceLine, PricingSettings
from gencraft_media.common.clock import database_now
from gencraft_media.generation.models import Circuit, GenerationAttempt, GenerationJob, RoutingSettings
from gencraft_media.generation.states import AttemptState
from providers.models import Provider, ProviderAccount, ProviderModel
from tests.routing.shapes import limits_of

# Their models carry the provider in their own name.
_BUILT_IN = ("sim", "resample")
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_MODEL = {
    "price", "prices", "seconds", "prior", "operations", "limits", "aliases", "routable", "enabled", "starts",
    "retires", "replaced_by", "history", "earlier", "rating", "circuit", "reason", "retry_in_s",
}  # fmt: skip
_ACCOUNT = {
    "label", "key", "enabled", "priority", "address", "per_minute", "sent", "per_day", "spent", "circuit", "reason",
    "retry_in_s",
}  # fmt: skip


def open_market(market: Mapping[str, Any], *, markup: Decimal | None = None, settings: Iterable[Any] = ()) -> None:
    """Write the rows of `providers`, `accounts` and `models`; ratings, calls and circuits with them."""
    Provider.objects.bulk_create(
        Provider(key=key, label=key.title(), kind=said.get("kind", ""), default_model=said.get("default", ""))
        for key, said in market["providers"].items()
    )
    accounts = _open_accounts(market)
    ProviderModel.objects.bulk_create(_model(full, said) for full, said in market["models"].items())
    PriceLine.objects.bulk_create(line for full, said in market["models"].items() for line in _prices(full, said))
    for full, said in market["models"].items():
        provider, name = _names(full)
        _rate(provider, name, said.get("rating", {}))
        _shut(accounts[provider], name, said)
        for when, history in enumerate((said.get("history"), said.get("earlier"))):
            _remember(accounts[provider], name, said, history or {}, days_ago=2 * when)
    if markup is not None:
        PricingSettings.objects.create(version=1, markup_percent=markup)
    for version, said in enumerate(settings, start=1):
        RoutingSettings.objects.create(version=version, **said)


def _model(full: str, said: Mapping[str, Any]) -> ProviderModel:
    _refuse_unknown(full, said, _MODEL)
    provider, name = _names(full)
    today = timezone.now().date()
    return ProviderModel(
        provider_id=provider,
        name=name,
        label=full,
        enabled=said.get("enabled", True),
        operations=said["operations"],
        limits=limits_of(said.get("limits", {})),
        aliases=said.get("aliases", []),
        typical_seconds=said["seconds"],
        available_from=today + timedelta(days=said["starts"]) if "starts" in said else None,
        retires_at=today + timedelta(days=said["retires"]) if "retires" in said else None,
        replaced_by=said.get("replaced_by", ""),
        routable=said.get("routable", True),
        quality_prior=said.get("prior"),
    )


def _open_accounts(market: Mapping[str, Any]) -> dict[str, ProviderAccount]:
    """The accounts of every provider, one with a key where nothing is said; the first of each comes back."""
    said = {key: market["accounts"].get(key, {}) for key in market["providers"]}
    each = [
        (key, one) for key, all_said in said.items() for one in (all_said if isinstance(all_said, list) else [all_said])
    ]
    accounts = ProviderAccount.objects.bulk_create(
        _account(key, one, f"account {place}") for place, (key, one) in enumerate(each, start=1)
    )
    for account, (_, one) in zip(accounts, each, strict=True):
        _shut(account, "", one)
        _send(account, sent=one.get("sent", 0), spent=one.get("spent", Decimal(0)))
    return {account.provider_id: account for account in reversed(accounts)}


def _account(provider: str, said: Mapping[str, Any], label: str) -> ProviderAccount:
    _refuse_unknown(provider, said, _ACCOUNT)
    return ProviderAccount(
        provider_id=provider,
        label=said.get("label", label),
        enabled=said.get("enabled", True),
        api_key="sk-any" if said.get("key", True) else "",
        base_url=said.get("address", ""),
        requests_per_minute=said.get("per_minute", -1),
        spend_per_day=said.get("per_day", -1),
        priority=said.get("priority", 0),
    )


def _prices(full: str, said: Mapping[str, Any]) -> Iterable[PriceLine]:
    provider, name = _names(full)
    prices = {**({"*": said["price"]} if "price" in said else {}), **said.get("prices", {})}
    for operation, amount in prices.items():
        yield PriceLine(
            provider=provider, model=name, operation=operation, amount=amount, effective_from=_LONG_AGO, source="a test"
        )


def _rate(provider: str, name: str, said: Mapping[str, Any]) -> None:
    if not said:
        return
    AssetRating.objects.bulk_create(
        AssetRating(project_id=uuid.uuid4(), subject="user:any", stars=said["stars"], provider=provider, model=name)
        for _ in range(said["count"])
    )


def _shut(account: ProviderAccount, model: str, said: Mapping[str, Any]) -> None:
    """Open a circuit of `circuit`'s state, for `reason`, for half a minute where nothing else is said."""
    if "circuit" in said:
        retry_at = database_now() + timedelta(seconds=said.get("retry_in_s", 30))
        reason = said.get("reason", "errors")
        Circuit.objects.create(account=account, model=model, state=said["circuit"], reason=reason, retry_at=retry_at)


def _send(account: ProviderAccount, *, sent: int, spent: Decimal) -> None:
    """Requests of the last minute that nothing has come of yet, and money that went today."""
    cost = spent / sent if sent else spent
    attempts = [_attempt(account, "any", AttemptState.ACCEPTED, cost=cost) for _ in range(sent or bool(spent))]
    _keep(attempts)


def _remember(
    account: ProviderAccount, name: str, said: Mapping[str, Any], history: Mapping[str, Any], *, days_ago: float
) -> None:
    """The calls that a model is known by: of `calls` some `failed` brought nothing, `refused` come on top."""
    if not history:
        return
    _refuse_unknown(name, history, {"calls", "failed", "refused", "seconds", "days_ago", "operation"})
    operation = history.get("operation", said["operations"][0])
    calls, failed = history.get("calls", 0), history.get("failed", 0)
    ends: list[tuple[str, str | None]] = [(AttemptState.SETTLED, None)] * (calls - failed)
    ends += [(AttemptState.REJECTED, "provider_unreachable")] * failed
    ends += [(AttemptState.REJECTED, "moderated")] * history.get("refused", 0)
    _keep(
        _attempt(
            account,
            name,
            state,
            operation=operation,
            took_s=float(history.get("seconds", said["seconds"])) if error is None else None,
            error=error,
            days_ago=history.get("days_ago", days_ago),
        )
        for state, error in ends
    )


def _attempt(
    account: ProviderAccount,
    model: str,
    state: str,
    *,
    operation: str = "text-to-image",
    took_s: float | None = None,
    error: str | None = None,
    days_ago: float = 0,
    cost: Decimal = Decimal(0),
) -> GenerationAttempt:
    began = database_now() - timedelta(days=days_ago, seconds=1)
    return GenerationAttempt(
        account=account,
        provider=account.provider_id,
        model=model,
        operation=operation,
        state=state,
        recovery="none",
        created_at=began,
        submitted_at=began,
        submissions=1,
        landed_at=None if took_s is None else began + timedelta(seconds=took_s),
        error=None if error is None else {"code": error, "message": "", "retryable": False},
        quoted_cost=cost,
    )


def _keep(attempts: Iterable[GenerationAttempt]) -> None:
    kept = list(attempts)
    if not kept:
        return
    job = GenerationJob.objects.create(
        provider="any",
        operation="text-to-image",
        params={},
        model="any",
        quoted_total=0,
        quoted_provider_cost=0,
        payer_id=uuid.uuid4(),
        deadline_at=timezone.now(),
    )
    for number, attempt in enumerate(kept, start=1):
        attempt.job, attempt.number, attempt.project_id = job, number, uuid.uuid4()
    GenerationAttempt.objects.bulk_create(kept)


def _names(full: str) -> tuple[str, str]:
    provider, _, name = full.partition("/")
    return provider, full if provider in _BUILT_IN else name


def _refuse_unknown(what: str, said: Mapping[str, Any], known: set[str]) -> None:
    unknown = set(said) - known
    if unknown:
        raise ValueError(f"{what}: nothing is called {', '.join(sorted(unknown))}")
