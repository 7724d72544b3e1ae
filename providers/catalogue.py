"""The versioned catalogue file as rows: loading it again changes nothing that an operator edited.

The shape of a model's `limits`: `prompt_length`, `negative_prompt_length` (absent: none taken), `outputs_per_call`,
`default_size` "WxH", `size` {kind "list": values} or {kind "free": minimum_side, maximum_side, multiple,
minimum_pixels, maximum_pixels, maximum_ratio}, either with `measured` true where the vendor takes only a shape and the
sizes are nominal, `qualities` (our word -> the vendor's), `seed` {minimum, maximum} (absent: none taken), and `options`
by client field name, each {kind "integer" | "number": minimum, maximum}, {kind "choice": values, `words` (our value ->
the vendor's, where they differ)} or {kind "phrase": phrases (our value -> what the prompt says instead)}. A retired
model's `successor` {qualities, options} goes over its successor's own, for requests under the retired name; its
qualities lead to words of ours that the successor has.

What holds for one operation only stands in `operations` {operation: limits} and goes over the rest
(`providers.operations.limits_for`). Operations with inputs say in `inputs` {role: {minimum, maximum (how many),
minimum_side, maximum_side, minimum_pixels, maximum_pixels, maximum_ratio, formats ("png", "jpeg"; the first is made),
maximum_bytes (a larger PNG becomes a JPEG), `drawn` true where no size but the one that is drawn is taken, and for a
mask `edits` "white" | "transparent"}} what they take; a picture that is too large is sent smaller. Their `size` may be
{kind "same": of the first image as it is sent}, {kind "margins": maximum (of one side), maximum_pixels} or {kind
"factor": values, maximum_pixels (of the result)}, each `measured` where only the shape is sure. `prompt` says
"required" | "optional" | "none" (absent: required); `strength` {minimum, maximum} or true and `search` true that the
field is taken; `factor` lists how many times larger a picture may be wanted, of which the engine does what the model
does not.

Beside its limits a model says for the choice among models (docs/models.md): `routable` false (absent: true) where its
results are not what a plain request for the operation means, so that it has to be named, `quality_prior` from 0 to 1
with three places, and in `quality_source` who says so, when.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import models, transaction

from providers.models import CatalogueVersion, Provider, ProviderAccount, ProviderModel

CATALOGUE_FILE = Path(__file__).with_name("catalogue.json")

_PROVIDER_FIELDS = ("label", "default_model", "key_variable", "needs_key", "documentation")
_MODEL_FIELDS = (
    "label",
    "operations",
    "limits",
    "aliases",
    "typical_seconds",
    "available_from",
    "retires_at",
    "replaced_by",
    "notes",
    "routable",
    "quality_prior",
    "quality_source",
)


@dataclass
class CatalogueChanges:
    """What a load did; `kept` counts values an operator had edited."""

    version: str
    created: int = 0
    updated: int = 0
    kept: int = 0


def load_catalogue(path: Path = CATALOGUE_FILE) -> CatalogueChanges:
    """Bring the rows to what the file says, except where they no longer say what the file before it said."""
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    changes = CatalogueChanges(version=document["version"])
    digest = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        newest = CatalogueVersion.objects.select_for_update().order_by("-loaded_at", "-version").first()
        if newest is not None and newest.digest == digest:
            return changes
        entries = entries_of(document)
        _write(entries, newest.document if newest is not None else {}, changes)
        CatalogueVersion.objects.filter(version=changes.version).delete()
        CatalogueVersion.objects.create(version=changes.version, digest=digest, document=entries)
    return changes


def entries_of(document: dict[str, Any]) -> dict[str, Any]:
    """The file with every `like` filled in, by provider and model name."""
    shared = document["shared_limits"]
    entries = {}
    for provider in document["providers"]:
        rows = {entry["name"]: {**entry, "limits": _filled(entry["limits"], shared)} for entry in provider["models"]}
        entries[provider["key"]] = {**provider, "models": rows}
    return entries


def _filled(limits: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in limits.items() if name != "like"}
    return {**shared[limits["like"]], **own} if "like" in limits else own


def _write(entries: dict[str, Any], before: dict[str, Any], changes: CatalogueChanges) -> None:
    for key, entry in entries.items():
        known = before.get(key)
        provider = Provider.objects.filter(key=key).first()
        if provider is None and known is None:
            provider = Provider.objects.create(key=key, **_values(Provider, _PROVIDER_FIELDS, entry))
            ProviderAccount.objects.create(provider=provider, **entry["account"])
            changes.created += 1
        elif provider is not None:
            _update(provider, _PROVIDER_FIELDS, entry, known or entry, changes)
        if provider is not None:
            _write_models(provider, entry["models"], (known or {}).get("models", {}), changes)


def _write_models(
    provider: Provider, entries: dict[str, Any], before: dict[str, Any], changes: CatalogueChanges
) -> None:
    rows = {row.name: row for row in provider.models.all()}
    for name, entry in entries.items():
        row, known = rows.get(name), before.get(name)
        if row is not None:
            _update(row, _MODEL_FIELDS, entry, known or entry, changes)
        elif known is None:
            ProviderModel.objects.create(provider=provider, name=name, **_values(ProviderModel, _MODEL_FIELDS, entry))
            changes.created += 1
        else:
            # An operator deleted the row: it stays deleted.
            changes.kept += 1


def _update(
    row: Provider | ProviderModel,
    fields: tuple[str, ...],
    entry: dict[str, Any],
    known: dict[str, Any],
    changes: CatalogueChanges,
) -> None:
    wanted, previous = _values(type(row), fields, entry), _values(type(row), fields, known)
    outdated = [name for name in fields if getattr(row, name) != wanted[name]]
    untouched = [name for name in outdated if getattr(row, name) == previous[name]]
    changes.kept += len(outdated) - len(untouched)
    if untouched:
        for name in untouched:
            setattr(row, name, wanted[name])
        row.save(update_fields=untouched)
        changes.updated += 1


def _values(kind: type[models.Model], fields: tuple[str, ...], entry: dict[str, Any]) -> dict[str, Any]:
    """An entry's values as the columns hold them, the column's default for what the entry leaves out."""
    columns: dict[str, Any] = {name: kind._meta.get_field(name) for name in fields}
    return {name: column.to_python(entry.get(name, column.get_default())) for name, column in columns.items()}
