"""Writing rows by plain SQL: on the way of a job, the ORM takes longer to build such a statement than to run it.

The columns, their types and their names still come from the model.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now

from gencraft_media.common.clock import FromNow

_NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
_LATER = {"postgresql": "({now} + %s)", "sqlite": "django_format_dtdelta('+', {now}, %s)"}


@dataclass(frozen=True)
class Plus:
    """The column's own value and `amount`."""

    amount: int


def update_row(
    model: type[Model],
    pk: Any,
    changes: Mapping[str, Any],
    *,
    where: Mapping[str, Any] | None = None,
    within: tuple[str, Sequence[str]] | None = None,
    also: str = "",
) -> bool:
    """Change the row `pk` if its columns equal `where`, one of them is `within` some values, and `also` (SQL) holds.

    `changes` are plain values, the database's time (`Now()`, `from_now(s)`) or `Plus`. False: nothing was changed.
    """
    if within is not None and not within[1]:
        return False
    where = where or {}
    kinds = tuple((name, _kind_of(value)) for name, value in changes.items())
    field, values = within or ("", ())
    sql = _statement(connection.vendor, model, kinds, tuple(where), field, len(values), also)
    parameters = [column_value(model, name, value) for name, value in changes.items() if not _is_text(value)]
    parameters.append(column_value(model, _key(model), pk))
    parameters += [column_value(model, name, value) for name, value in where.items()]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *values])
        return bool(cursor.rowcount == 1)


@functools.cache
def _statement(
    vendor: str,
    model: type[Model],
    kinds: tuple[tuple[str, str], ...],
    where: tuple[str, ...],
    within: str,
    values: int,
    also: str,
) -> str:
    now = _NOW[vendor]
    terms = {"value": "%s", "now": now, "later": _LATER[vendor].format(now=now)}
    sets = [f"{_column(model, name)} = {terms.get(kind) or f'{_column(model, name)} + %s'}" for name, kind in kinds]
    conditions = [f"{_column(model, name)} = %s" for name in (_key(model), *where)]
    if within:
        conditions.append(f"{_column(model, within)} IN ({', '.join(['%s'] * values)})")
    if also:
        conditions.append(also.format(now=now))
    table = connection.ops.quote_name(model._meta.db_table)
    # Only names of tables and columns are put in here, and `also`, which is a constant of the caller's.
    return f"UPDATE {table} SET {', '.join(sets)} WHERE {' AND '.join(conditions)}"  # noqa: S608


def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))


def _kind_of(value: Any) -> str:
    if isinstance(value, FromNow):
        return "later"
    if isinstance(value, Now):
        return "now"
    if isinstance(value, Plus):
        return "plus"
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{value!r} is neither a value nor the database's time")
    return "value"


def _is_text(value: Any) -> bool:
    """Whether the value stands in the statement itself."""
    return isinstance(value, Now) and not isinstance(value, FromNow)


def column_value(model: type[Model], name: str, value: Any) -> Any:
    """A value as the driver wants it for the column of a field."""
    if isinstance(value, Plus):
        return value.amount
    if isinstance(value, FromNow):
        span = timedelta(seconds=value.seconds)
        return span if connection.vendor == "postgresql" else span // timedelta(microseconds=1)
    if isinstance(value, Model):
        value = value.pk
    return _field(model, name).get_db_prep_save(value, connection)


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {model._meta.label}")
    return field


def _key(model: type[Model]) -> str:
    if model._meta.pk is None:
        raise TypeError(f"{model._meta.label} has no primary key")
    return model._meta.pk.name


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model. Columns that were left to the database's default keep it, and stay unread."""
    if not rows:
        return
    model = type(rows[0])
    columns = [field for field in model._meta.concrete_fields if not _is_left_out(field, rows[0])]
    values = [[getattr(row, field.attname) for field in columns] for row in rows]
    kinds = tuple(tuple(_kind_of(value) for value in row) for row in values)
    sql = _insertion(connection.vendor, model, tuple(field.attname for field in columns), kinds)
    parameters = [
        column_value(model, field.name, value)
        for row in values
        for field, value in zip(columns, row, strict=True)
        if not _is_text(value)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@functools.lru_cache(maxsize=512)
def _insertion(vendor: str, model: type[Model], names: tuple[str, ...], kinds: tuple[tuple[str, ...], ...]) -> str:
    now = _NOW[vendor]
    terms = {"value": "%s", "now": now, "later": _LATER[vendor].format(now=now)}
    columns = ", ".join(_column(model, name) for name in names)
    groups = ", ".join(f"({', '.join(terms[kind] for kind in row)})" for row in kinds)
    # Only names of tables and columns are put in here.
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES {groups}"  # noqa: S608


def _is_left_out(field: "Field[Any, Any]", row: Model) -> bool:
    value = getattr(row, field.attname)
    return isinstance(value, DatabaseDefault) or (isinstance(field, AutoField) and value is None)
