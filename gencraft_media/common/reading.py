"""Reading rows by plain SQL: where jobs pass so often that the ORM takes longer to build the query than to run it.

The columns, their names, types and relations still come from the model; `common/rows.py` writes.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, ForeignKey, Model, Value

from gencraft_media.common.rows import NOW, column_name, column_value, table_name

Row = TypeVar("Row", bound=Model)
_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Asked:
    """A value to be read along with a row: SQL that names columns by their tables; `{now}` is the database's time."""

    sql: str
    field: "Field[Any, Any]"


@dataclass(frozen=True)
class _Part:
    """The columns of one model in the statement; `foreign_key` leads to it from the row itself."""

    model: type[Model]
    names: tuple[str, ...]
    foreign_key: "ForeignKey[Any, Any] | None" = None


@dataclass(frozen=True)
class _Prepared:
    """A statement, and what its columns become."""

    sql: str
    parts: tuple[_Part, ...]
    converters: tuple[tuple[int, _Convert], ...]


class Reading(Generic[Row]):
    """One query, written down once: rows of `model` whose columns `by` equal the values it is asked with.

    `related` foreign keys bring their rows along, as tables of these names; `without` are fields left for later, `also`
    is a condition in SQL, `lock` is "self" or one of `related`: that row is locked until the commit. What is `asked` is
    set on each row.
    """

    def __init__(
        self,
        model: type[Row],
        by: Sequence[str],
        *,
        related: Sequence[str] = (),
        without: Sequence[str] = (),
        asked: Mapping[str, Asked] | None = None,
        also: str = "",
        order: str = "",
        lock: str = "",
    ) -> None:
        self.model, self.by, self.related, self.without = model, tuple(by), tuple(related), frozenset(without)
        self.asked, self.also, self.order, self.lock = dict(asked or {}), also, order, lock
        self._prepared: dict[str, _Prepared] = {}
        self._kept: tuple[list[Any], list[Row]] = ([], [])

    def find(self, *values: Any) -> Row | None:
        """The first row, or None."""
        rows = self.rows(*values)
        return rows[0] if rows else None

    def rows(self, *values: Any) -> list[Row]:
        """Every row, in the reading's order."""
        prepared, found = self._found(values)
        return [self._made(prepared, list(row)) for row in found]

    def kept_rows(self) -> list[Row]:
        """Every row of a reading by nothing; the very list of before while they are the same. Not to be changed."""
        prepared, found = self._found(())
        known, rows = self._kept
        if found != known:
            rows = [self._made(prepared, list(row)) for row in found]
            self._kept = found, rows
        return rows

    def _found(self, values: Sequence[Any]) -> tuple[_Prepared, list[Any]]:
        vendor = connection.vendor
        prepared = self._prepared.get(vendor) or self._prepared.setdefault(vendor, self._prepare(vendor))
        parameters = [column_value(self.model, name, value) for name, value in zip(self.by, values, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(prepared.sql, parameters)
            return prepared, cursor.fetchall()

    def _prepare(self, vendor: str) -> _Prepared:
        own = [field for field in self.model._meta.concrete_fields if field.name not in self.without]
        parts = [_Part(self.model, tuple(field.attname for field in own))]
        columns = [(column_name(self.model, field.name), field) for field in own]
        joins = []
        for name in self.related:
            key = self._foreign_key(name)
            target = _target(key)
            fields = target._meta.concrete_fields
            parts.append(_Part(target, tuple(field.attname for field in fields), key))
            columns += [(column_name(target, field.name, name), field) for field in fields]
            kind = "LEFT JOIN" if key.null else "JOIN"
            referred = column_name(target, key.target_field.name, name)
            joins.append(f'{kind} {table_name(target)} AS "{name}" ON {referred} = {column_name(self.model, name)}')
        columns += [(f"({asked.sql})", asked.field) for asked in self.asked.values()]
        return _Prepared(
            sql=self._statement([column for column, _ in columns], joins).format(now=NOW[vendor]),
            parts=tuple(parts),
            converters=tuple(
                (place, convert) for place, (_, field) in enumerate(columns) if (convert := _converter(field))
            ),
        )

    def _foreign_key(self, name: str) -> "ForeignKey[Any, Any]":
        field = self.model._meta.get_field(name)
        if not isinstance(field, ForeignKey):
            raise TypeError(f"{name} is no foreign key of {self.model._meta.label}")
        return field

    def _statement(self, columns: list[str], joins: list[str]) -> str:
        conditions = [f"{column_name(self.model, name)} = %s" for name in self.by] + ([self.also] if self.also else [])
        # Only names of tables and columns are put in here, and constants of the caller's.
        text = [f"SELECT {', '.join(columns)} FROM {table_name(self.model)}", *joins]  # noqa: S608
        if conditions:
            text.append(f"WHERE {' AND '.join(conditions)}")
        if self.order:
            text.append(f"ORDER BY {self.order}")
        if self.lock and connection.features.has_select_for_update:
            locked = table_name(self.model) if self.lock == "self" else f'"{self.lock}"'
            text.append(f"FOR NO KEY UPDATE OF {locked}")
        return " ".join(text)

    def _made(self, prepared: _Prepared, values: list[Any]) -> Row:
        for place, convert in prepared.converters:
            values[place] = convert(values[place])
        row: Any = None
        start = 0
        for part in prepared.parts:
            own = values[start : start + len(part.names)]
            start += len(part.names)
            if part.foreign_key is None:
                row = part.model.from_db(connection.alias, part.names, own)
            else:
                missing = getattr(row, part.foreign_key.attname) is None
                related = None if missing else part.model.from_db(connection.alias, part.names, own)
                part.foreign_key.set_cached_value(row, related)
        for name, value in zip(self.asked, values[start:], strict=True):
            setattr(row, name, value)
        made: Row = row
        return made


def _target(key: "ForeignKey[Any, Any]") -> type[Model]:
    model: Any = key.related_model
    target: type[Model] = model
    return target


def _converter(field: Any) -> _Convert | None:
    """What turns the driver's value into the field's, as the ORM does it; None where they are the same."""
    # A foreign key is read as what it refers to.
    expression: Any = field.get_col("") if hasattr(field, "model") else Value(None, output_field=field)
    steps = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
    if not steps:
        return None
    return functools.partial(_converted, steps, expression)


def _converted(steps: list[Any], expression: Any, value: Any) -> Any:
    for step in steps:
        value = step(value, expression, connection)
    return value
