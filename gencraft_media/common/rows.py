"""Writing rows by plain SQL: on the way of a job, the ORM takes longer to build such a statement than to run it.

The columns, their types and their names still come from the model.
"""

import functools
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now

from gencraft_media.common.clock import FromNow

# The database's time as SQL, by vendor.
NOW = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
LATER = {"postgresql": "({now} + %s)", "sqlite": "django_format_dtdelta('+', {now}, %s)"}
# Values that are no expression, by far the most: told apart by one look at their type.
_PLAIN = {str, int, bool, float, bytes, type(None), uuid.UUID, Decimal, datetime, dict, list}


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
    also_values: Sequence[Any] = (),
) -> bool:
    """Change the row `pk`, as `update_rows` would. False: nothing was changed."""
    where = {_key(model): pk, **(where or {})}
    return update_rows(model, changes, where=where, within=within, also=also, also_values=also_values) == 1


def update_rows(
    model: type[Model],
    changes: Mapping[str, Any],
    *,
    where: Mapping[str, Any],
    within: tuple[str, Sequence[str]] | None = None,
    also: str = "",
    also_values: Sequence[Any] = (),
) -> int:
    """Change the rows whose columns equal `where`, one of them `within` some values, and of which `also` holds.

    `changes` are plain values, the database's time (`Now()`, `from_now(s)`) or `Plus`. `also` is SQL, a constant of the
    caller's in which `{now}` is the database's time and `%s` each of `also_values`. Returns how many rows were changed.
    """
    if within is not None and not within[1]:
        return 0
    kinds = tuple((name, _kind_of(value)) for name, value in changes.items())
    field, values = within or ("", ())
    sql = _statement(connection.vendor, model, kinds, tuple(where), field, len(values), also)
    parameters = [column_value(model, name, value) for name, value in changes.items() if not _is_text(value)]
    parameters += [column_value(model, name, value) for name, value in where.items()]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *values, *also_values])
        return int(cursor.rowcount)


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
    now = NOW[vendor]
    terms = {"value": "%s", "now": now, "later": LATER[vendor].format(now=now)}
    sets = [f"{_column(model, name)} = {terms.get(kind) or f'{_column(model, name)} + %s'}" for name, kind in kinds]
    conditions = [f"{_column(model, name)} = %s" for name in where]
    if within:
        conditions.append(f"{_column(model, within)} IN ({', '.join(['%s'] * values)})")
    if also:
        conditions.append(also.format(now=now))
    table = table_name(model)
    # Only names of tables and columns are put in here, and the caller's constant.
    return f"UPDATE {table} SET {', '.join(sets)} WHERE {' AND '.join(conditions)}"  # noqa: S608


def table_name(model: type[Model]) -> str:
    """The model's table, quoted."""
    return str(connection.ops.quote_name(model._meta.db_table))


def column_name(model: type[Model], name: str, alias: str = "") -> str:
    """A field's column, quoted, after its table or the name this has in the statement."""
    table = connection.ops.quote_name(alias) if alias else table_name(model)
    return f"{table}.{_column(model, name)}"


def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))


def _kind_of(value: Any) -> str:
    if type(value) in _PLAIN:
        return "value"
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
    if type(value) in _PLAIN:
        return _preparer(model, name)(value, connection)
    if isinstance(value, Plus):
        return value.amount
    if isinstance(value, FromNow):
        span = timedelta(seconds=value.seconds)
        return span if connection.vendor == "postgresql" else span // timedelta(microseconds=1)
    if isinstance(value, Model):
        value = value.pk
    return _field(model, name).get_db_prep_save(value, connection)


@functools.cache
def _preparer(model: type[Model], name: str) -> Callable[..., Any]:
    return _field(model, name).get_db_prep_save


@functools.cache
def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {model._meta.label}")
    return field


def _key(model: type[Model]) -> str:
    if model._meta.pk is None:
        raise TypeError(f"{model._meta.label} has no primary key")
    return model._meta.pk.name


def insert_rows(rows: Sequence[Model], *, ignore_conflicts: bool = False) -> int:
    """Insert new rows of one model. Columns that were left to the database's default keep it, and stay unread.

    `ignore_conflicts`: a row that is there already stays as it is. Returns how many were inserted.
    """
    if not rows:
        return 0
    model = type(rows[0])
    columns = [
        (name, attname) for name, attname, automatic in _columns(model) if not _is_left_out(rows[0], attname, automatic)
    ]
    values = [[getattr(row, attname) for _, attname in columns] for row in rows]
    kinds = tuple(tuple(_kind_of(value) for value in row) for row in values)
    sql = _insertion(connection.vendor, model, tuple(attname for _, attname in columns), kinds)
    if ignore_conflicts:
        sql += " ON CONFLICT DO NOTHING"
    parameters = [
        column_value(model, name, value)
        for row in values
        for (name, _), value in zip(columns, row, strict=True)
        if not _is_text(value)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        inserted = int(cursor.rowcount)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return inserted


@functools.lru_cache(maxsize=512)
def _insertion(vendor: str, model: type[Model], names: tuple[str, ...], kinds: tuple[tuple[str, ...], ...]) -> str:
    now = NOW[vendor]
    terms = {"value": "%s", "now": now, "later": LATER[vendor].format(now=now)}
    columns = ", ".join(_column(model, name) for name in names)
    groups = ", ".join(f"({', '.join(terms[kind] for kind in row)})" for row in kinds)
    # Only names of tables and columns are put in here.
    return f"INSERT INTO {table_name(model)} ({columns}) VALUES {groups}"  # noqa: S608


@functools.cache
def _columns(model: type[Model]) -> tuple[tuple[str, str, bool], ...]:
    """Of each column its field's name, its attribute, and whether the database numbers it."""
    return tuple((field.name, field.attname, isinstance(field, AutoField)) for field in model._meta.concrete_fields)


def _is_left_out(row: Model, attname: str, automatic: bool) -> bool:
    value = getattr(row, attname)
    return isinstance(value, DatabaseDefault) or (automatic and value is None)
