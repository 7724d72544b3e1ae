"""Reading the catalogue: which model a name means, which account is used, what is on offer."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from gencraft_media.common.errors import FieldError
from gencraft_media.common.reading import Reading
from gencraft_media.common.remembered import remembered
from providers.credentials import is_usable
from providers.errors import ModelUnknown, OperationUnsupported, ProviderNotConfigured
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.operations import Operation

AUTO = "auto"
SIM = "sim"
RESAMPLE = "resample"
# Part of the engine: they need no key, and an engine that has no others makes no pictures for money.
BUILT_IN = frozenset({SIM, RESAMPLE})
# How many `replaced_by` steps are followed; a catalogue with a ring in it must not hang a request.
_LONGEST_SUCCESSION = 5
# Every process reads these once a second.
_EVERY_MODEL = Reading(
    ProviderModel, by=[], related=["provider"], order="provider_models.provider_id, provider_models.id"
)
_EVERY_ACCOUNT = Reading(
    ProviderAccount,
    by=[],
    related=["provider"],
    also="provider_accounts.enabled AND provider.enabled",
    order="provider_accounts.priority DESC, provider_accounts.label",
)


@dataclass(frozen=True)
class Found:
    """The model that serves a name today, and the retired one that was named where this one took its place."""

    model: ProviderModel
    in_place_of: ProviderModel | None = None


def get_model(provider: str, name: str) -> ProviderModel:
    """The row of exactly this name, retired or not: work in hand goes on. Raises `ModelUnknown`."""
    row = next((row for row in _catalogue() if row.provider_id == provider and row.name == name), None)
    if row is None:
        raise ModelUnknown(f"The catalogue has no model {name} of {provider}.")
    return row


def find_model(provider: str | None, name: str | None, *, operation: str | None = None) -> ProviderModel:
    """The model that serves the names a client gave. Raises what `resolve_model` raises."""
    return resolve_model(provider, name, operation=operation).model


def resolve_model(provider: str | None, name: str | None, *, operation: str | None = None) -> Found:
    """The model meant by names a client gave; aliases and successors of retired models are followed.

    Without a model the provider's default, without a provider whichever has the name. Raises `ModelUnknown` with the
    nearest names, or `OperationUnsupported`.
    """
    wanted = None if provider in (None, "", AUTO) else provider
    rows = _in_service(wanted)
    if not name:
        named = _default_of(wanted or choose_provider(operation), rows, operation)
    else:
        named = _named(name, rows) or _refuse_name(name, wanted, rows)
    row = _in_force(named, rows)
    if operation is not None and not does(row, operation):
        raise _unsupported(operation, row, rows)
    return Found(row, named if name and named is not row else None)


def does(row: ProviderModel, operation: str) -> bool:
    """Whether a model does an operation, under its own name or another one."""
    return done_as(row, operation) in row.operations


def done_as(row: ProviderModel, operation: str) -> str:
    """An operation as the model knows it: a variation is a repainting where it has no word of its own."""
    is_repainted = operation == Operation.VARIATION and operation not in row.operations
    return Operation.IMAGE_TO_IMAGE if is_repainted else operation


def full_name(provider: str, model: str) -> str:
    """`provider/model`, under which a model can be named whatever else has the name."""
    return model if model.startswith(f"{provider}/") else f"{provider}/{model}"


def account_for(provider: str) -> ProviderAccount | None:
    """The account requests to `provider` are made with: enabled, with a key where one is needed, highest priority."""
    return next(iter(accounts_for(provider)), None)


def accounts_for(provider: str) -> list[ProviderAccount]:
    """Every account requests to `provider` can be made with, the preferred ones first."""
    return [account for account in _accounts() if account.provider_id == provider and is_usable(account)]


def find_account(account_id: UUID) -> ProviderAccount | None:
    """An account by its id, switched off or not: work in hand goes on with it."""
    known = next((account for account in _accounts() if account.pk == account_id), None)
    return known or ProviderAccount.objects.select_related("provider").filter(pk=account_id).first()


def configured_providers() -> set[str]:
    """The providers that can be used now: enabled, with an adapter and a usable account."""
    from providers.registry import kind_of

    return {account.provider_id for account in _accounts() if is_usable(account) and kind_of(account.provider)}


def choose_provider(operation: str | None = None) -> str:
    """The provider `auto` means: a real one as soon as one is configured, else sim; resampling is only named.

    Raises `OperationUnsupported` when none of them does `operation`, `ProviderNotConfigured` when there is none.
    """
    configured = configured_providers()
    candidates = sorted(configured - BUILT_IN) or sorted(configured - {RESAMPLE})
    if not candidates:
        raise ProviderNotConfigured('No provider can be used; enable "sim" in the admin, it works without a key.')
    today = timezone.now().date()
    for key in candidates:
        offered = [row for row in _in_service(key) if _is_current(row, today)]
        if operation is None or any(does(row, operation) for row in offered):
            return key
    raise OperationUnsupported(f"No configured provider does {operation}.")


def models_offered() -> list[ProviderModel]:
    """Every model a client may name today, of every enabled provider, configured or not."""
    today = timezone.now().date()
    return [row for row in _in_service(None) if _is_current(row, today)]


def find_successor(row: ProviderModel) -> ProviderModel | None:
    """The model that takes over from this one when it ends, if its row says so."""
    named = row.replaced_by
    return _named(named, [other for other in _in_service(row.provider_id) if other is not row]) if named else None


def ending_models() -> list[ProviderModel]:
    """Every model of which it is known when it ends, or that it has ended."""
    return [row for row in _in_service(None) if row.retires_at is not None]


def names_replaced() -> dict[tuple[str, str], list[str]]:
    """By provider and model: the names of retired models that mean it today."""
    rows, today = _in_service(None), timezone.now().date()
    replaced: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        successor = None if _is_current(row, today) else _successor_of(row, rows)
        if successor is not None:
            replaced[successor.provider_id, successor.name].append(row.name)
    return replaced


@remembered
def _catalogue() -> list[ProviderModel]:
    return _EVERY_MODEL.kept_rows()


@remembered
def _accounts() -> list[ProviderAccount]:
    """Enabled accounts of enabled providers, the preferred ones first."""
    return [row for row in _EVERY_ACCOUNT.rows() if settings.SIM_ENABLED or row.provider_id != SIM]


def _in_service(provider: str | None) -> list[ProviderModel]:
    """What may be named, of one provider or of all: switched on, and begun."""
    today = timezone.now().date()
    return [
        row
        for row in _catalogue()
        if row.enabled
        and row.provider.enabled
        and (provider is None or row.provider_id == provider)
        and (row.available_from is None or row.available_from <= today)
    ]


def _is_current(row: ProviderModel, today: date) -> bool:
    return row.retires_at is None or row.retires_at > today


def _default_of(provider: str, rows: Iterable[ProviderModel], operation: str | None) -> ProviderModel:
    """The provider's default model, or the first in the catalogue that does what the default does not."""
    mine = [row for row in rows if row.provider_id == provider]
    if not mine:
        return _refuse_provider(provider)
    named = next((row for row in mine if row.name == mine[0].provider.default_model), mine[0])
    if operation is None or does(named, operation):
        return named
    today = timezone.now().date()
    return next((row for row in mine if does(row, operation) and _is_current(row, today)), named)


def _named(name: str, rows: Iterable[ProviderModel]) -> ProviderModel | None:
    """By name or `provider/name` first: an alias must never hide another model's own name."""
    rows = list(rows)
    for row in rows:
        if name in (row.name, f"{row.provider_id}/{row.name}"):
            return row
    return next((row for row in rows if name in row.aliases), None)


def _in_force(row: ProviderModel, rows: list[ProviderModel]) -> ProviderModel:
    found = _successor_of(row, rows)
    if found is None:
        raise ModelUnknown(
            f"The model {row.name} was retired on {row.retires_at}.",
            errors=[FieldError("model", "This model was retired.", "retired", nearest=row.replaced_by or None)],
        )
    return found


def _successor_of(row: ProviderModel, rows: list[ProviderModel]) -> ProviderModel | None:
    """The row itself while it is current, else the first current one of those that took its place."""
    today = timezone.now().date()
    for _ in range(_LONGEST_SUCCESSION):
        if _is_current(row, today):
            return row
        successor = _named(row.replaced_by, [other for other in rows if other.provider_id == row.provider_id])
        if successor is None:
            break
        row = successor
    return None


def _refuse_name(name: str, provider: str | None, rows: list[ProviderModel]) -> ProviderModel:
    if provider is not None and not rows:
        return _refuse_provider(provider)
    spellings = {spelling: row.name for row in rows for spelling in (row.name, *row.aliases)}
    nearest = list(dict.fromkeys(spellings[near] for near in difflib.get_close_matches(name, spellings, n=3)))
    whose = f" of {provider}" if provider else ""
    hint = f" The nearest are: {', '.join(nearest)}." if nearest else ""
    raise ModelUnknown(
        f"There is no model {name}{whose}.{hint}",
        errors=[FieldError("model", "This model is not known.", "unknown", nearest=nearest[0] if nearest else None)],
    )


def _refuse_provider(provider: str) -> ProviderModel:
    keys = list(Provider.objects.filter(enabled=True).order_by("key").values_list("key", flat=True))
    nearest = next(iter(difflib.get_close_matches(provider, keys, n=1)), None)
    raise ModelUnknown(
        f"There is no provider {provider} with a model to offer.",
        errors=[FieldError("provider", "This provider is not known.", "unknown", [AUTO, *keys], nearest)],
    )


def _unsupported(operation: str, row: ProviderModel, rows: list[ProviderModel]) -> OperationUnsupported:
    today = timezone.now().date()
    able = [other.name for other in rows if does(other, operation) and _is_current(other, today)]
    hint = f" These do: {', '.join(able[:5])}." if able else ""
    return OperationUnsupported(
        f"The model {row.name} does not do {operation}.{hint}",
        errors=[FieldError("operation", "This model does not do it.", "unsupported", list(row.operations))],
    )
