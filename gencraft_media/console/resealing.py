"""Changing SEALING_KEYS: every sealed value gets the newest key, all of them or none."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction

from gencraft_media.common.sealed import SealedTextField


@transaction.atomic
def reseal_everything() -> int:
    """Seal each value anew and return how many there were. Raises `SealBroken` if one opens with none of the keys."""
    return sum(_reseal(model, name) for model, name in _sealed_columns())


def _reseal(model: type[models.Model], name: str) -> int:
    rows = model._base_manager.select_for_update().order_by("pk").values_list("pk", name)
    sealed = [(key, value) for key, value in rows if value]
    for key, value in sealed:
        # The column seals whatever is written to it.
        model._base_manager.filter(pk=key).update(**{name: value})
    return len(sealed)


def _sealed_columns() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, SealedTextField) and not model._meta.proxy:
                yield model, column.name
