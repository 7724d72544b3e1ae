"""The error that says best why no model is left."""

from collections.abc import Sequence
from typing import Any

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.errors import NoRoute, NoRouteNow
from gencraft_media.generation.routing.index import Entry, Refused
from gencraft_media.generation.routing.offers import (
    CAPABILITY,
    NOT_CONFIGURED,
    OPTION,
    PASSING,
    POLICY,
    PRICE,
    PRICE_UNKNOWN,
    RETIRED,
    TIME,
    TRIED,
)
from gencraft_media.generation.routing.receipts import told_refusals
from gencraft_media.generation.routing.survey import SIMULATED
from gencraft_media.generation.routing.terms import Asked, fitted_to, quote_of
from providers.errors import OperationUnsupported, ProviderNotConfigured

_FITS_NOT = {OPTION, CAPABILITY, PRICE_UNKNOWN}
_ABSENT = {RETIRED, NOT_CONFIGURED}
_NO_PROVIDER = 'No provider can be used; enable "sim" in the admin, it works without a key.'
_NO_SERVER = "No server of your own was added yet, or all of them are switched off."
_BECAUSE = {
    PRICE: "cost more than is allowed",
    TIME: "take longer than is allowed",
    POLICY: "are not allowed",
    OPTION: "cannot take it as it is",
    CAPABILITY: "cannot do it",
    PRICE_UNKNOWN: "have no price",
    NOT_CONFIGURED: "have no account",
    RETIRED: "were retired",
    TRIED: "were tried",
}


def error_for(
    asked: Asked,
    *,
    unable: Sequence[Refused],
    refused: Sequence[Refused],
    entries: Sequence[Entry],
    any_configured: bool,
    retry_after_s: float,
) -> GenCraftError:
    """What to raise. `unable` are models that do not do the operation, `refused` those that do, with their reasons.

    `entries` are the refused ones themselves. A single kind of reason is told by its own error.
    """
    told = told_refusals([*refused, *unable])
    refused = [(refusal, name) for refusal, name in refused if refusal is not SIMULATED]
    codes = {refusal.code for refusal, _ in refused}
    if codes & PASSING:
        return NoRouteNow(retry_after_s=retry_after_s, refused=told)
    if not refused and not unable:
        return ProviderNotConfigured(_NO_SERVER, refused=told)
    if not any_configured:
        return ProviderNotConfigured(_NO_PROVIDER, refused=told)
    if codes <= _ABSENT:
        return _absent(asked, refused, told)
    if codes <= _FITS_NOT | {NOT_CONFIGURED} and codes & _FITS_NOT:
        names = {name for refusal, name in refused if refusal.code in _FITS_NOT}
        own = _own_error(next(entry for entry in entries if entry.name in names), asked)
        if own is not None:
            own.extra = {**own.extra, "refused": told}
            return own
    return NoRoute(_sentence(refused), refused=told)


def _absent(asked: Asked, refused: Sequence[Refused], told: list[dict[str, Any]]) -> GenCraftError:
    able = sorted({name.partition("/")[0] for refusal, name in refused if refusal.code == NOT_CONFIGURED})
    hint = f" These would: {', '.join(able)}; they have no usable account yet." if able else ""
    return OperationUnsupported(f"No configured provider does {asked.operation}.{hint}", refused=told)


def _own_error(entry: Entry, asked: Asked) -> GenCraftError | None:
    """What the model itself says to the request."""
    try:
        done, fitted = fitted_to(entry.row, asked)
        quote_of(entry.row, done, fitted, count=asked.wanted.count, units=asked.units)
    except GenCraftError as error:
        return error
    return None


def _sentence(refused: Sequence[Refused]) -> str:
    counts: dict[str, int] = {}
    for refusal, _ in refused:
        counts[refusal.code] = counts.get(refusal.code, 0) + 1
    parts = [f"{count} {_BECAUSE[code]}" for code, count in counts.items()]
    return f"No model can serve this request: {', '.join(parts)}."
