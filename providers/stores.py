"""Where it is kept whether providers and models may be used."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from gencraft_media.common.configuration import Store, register_store
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.exact_values import last_audited
from gencraft_media.common.remembered import forget_remembered
from providers.models import Provider, ProviderModel
from providers.services import save_catalogue_row

Row = Provider | ProviderModel


def _row(kind: type[Row], key: str, *, locked: bool = False) -> Row:
    rows = kind._default_manager.select_for_update() if locked else kind._default_manager.all()
    row = rows.filter(pk=key).first()
    if row is None:
        raise ObjectNotFound("The catalogue has it no more.")
    return row


def _catalogue_store(kind: type[Row], name: str) -> Store:
    def read(key: str) -> dict[str, Any]:
        return {"enabled": _row(kind, key).enabled}

    def write(key: str, values: Mapping[str, Any], *, actor: Any, reason: str) -> None:
        row = _row(kind, key, locked=True)
        row.enabled = values["enabled"]
        save_catalogue_row(row, actor=actor, changed=list(values), reason=reason)
        transaction.on_commit(forget_remembered)

    def lock(key: str) -> None:
        _row(kind, key, locked=True)

    def changed_by(key: str) -> str:
        return last_audited(kind, key)

    return Store(name, f"providers.change_{kind._meta.model_name}", read, write, lock, changed_by)


PROVIDERS = register_store(_catalogue_store(Provider, "providers.provider"))
MODELS = register_store(_catalogue_store(ProviderModel, "providers.model"))
