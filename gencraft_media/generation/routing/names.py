"""The names a request may use for who shall, or shall not, make it."""

import difflib
from collections.abc import Iterable, Mapping

from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.generation.routing.index import Entry, Index, Refused, entry_of
from gencraft_media.generation.routing.offers import CAPABILITY, Refusal
from gencraft_media.generation.routing.wishes import CUSTOM, RoutingWish
from providers.models import ProviderModel
from providers.selectors import Found, does, full_name, resolve_model

# To look for the nearest of all names takes milliseconds, and a request may name hundreds.
_MOST_NEAREST = 5


def check_names(wish: RoutingWish, spellings: Mapping[str, frozenset[str]]) -> None:
    """Raises `InvalidRequest` naming what no provider or model is called, with the nearest name."""
    said = {"allow": wish.allow, "deny": wish.deny, "provider": wish.providers if len(wish.providers) > 1 else ()}
    unknown = [
        (f"{field}.{position}", name)
        for field, names in said.items()
        for position, name in enumerate(names)
        if name not in spellings
    ]
    errors = [_unknown(*one, spellings if number < _MOST_NEAREST else ()) for number, one in enumerate(unknown)]
    if wish.model is not None and len(wish.providers) > 1:
        text = "With several providers, name a model as provider/model among them."
        errors.append(FieldError("model", text, "ambiguous"))
    if errors:
        raise InvalidRequest(errors=errors)


def unknown_name(field: str, name: str, spellings: Mapping[str, frozenset[str]]) -> FieldError | None:
    """What is wrong with a name of a provider or a model; None: nothing."""
    return None if name in spellings else _unknown(field, name, spellings)


def pool_for(wish: RoutingWish, index: Index, operation: str) -> tuple[list[Entry], list[Refused]]:
    """The models among which a request wants the choice made, and those of them that cannot do the operation."""
    line = index.line(operation)
    if not wish.providers:
        return list(line.able), list(line.refused)
    chosen: dict[str, Entry] = {}
    refused: dict[str, Refusal] = {}
    for name in wish.providers:
        able, others = _of_provider(name, index, operation) if "/" not in name else _of_model(name, operation)
        chosen |= {entry.name: entry for entry in able}
        refused |= {model: refusal for refusal, model in others}
    return list(chosen.values()), [(refusal, name) for name, refusal in refused.items() if name not in chosen]


def find_named(name: str, *, operation: str | None = None) -> Found:
    """The model that `provider/model` means. Raises what `resolve_model` raises."""
    provider, _, model = name.partition("/")
    return resolve_model(provider, model, operation=operation)


def _of_provider(provider: str, index: Index, operation: str) -> tuple[Iterable[Entry], Iterable[Refused]]:
    line = index.line(operation)
    if provider == CUSTOM:
        names = {entry.name for entry in index.entries if entry.custom}
        mine = [entry for entry in line.able if entry.custom]
    else:
        names = {entry.name for entry in index.entries if entry.provider == provider}
        mine = [entry for entry in line.able if entry.provider == provider]
    if not names and provider != CUSTOM:
        # None of its models is chosen unless it is named, and the provider was.
        return _able(resolve_model(provider, None).model, operation)
    return mine, [(refusal, name) for refusal, name in line.refused if name in names]


def _of_model(name: str, operation: str) -> tuple[Iterable[Entry], Iterable[Refused]]:
    return _able(find_named(name).model, operation)


def _able(row: ProviderModel, operation: str) -> tuple[Iterable[Entry], Iterable[Refused]]:
    if does(row, operation):
        return [entry_of(row)], []
    return [], [(Refusal(CAPABILITY, f"Does not do {operation}."), full_name(row.provider_id, row.name))]


def _unknown(field: str, name: str, spellings: Iterable[str]) -> FieldError:
    near = difflib.get_close_matches(name, spellings, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    text = f"No provider and no provider/model is called {name}.{hint}"
    return FieldError(field, text, "unknown", nearest=near[0] if near else None)
