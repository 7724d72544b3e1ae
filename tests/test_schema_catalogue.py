"""PostgreSQL's own catalogue against the specification's SQL; differences only where ADR 0002 lists them."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from django.db import connection

pytestmark = [pytest.mark.services, pytest.mark.django_db]

ROOT = Path(__file__).parent.parent
SPECIFICATION = (ROOT / "tests/specification/schema.sql").read_text()
ADR = (ROOT / "docs/adr/0002-schema-departures.md").read_text()
TABLES = ("media_assets", "media_collections", "media_generation_jobs", "media_usage")

_TYPES = {"varchar": "character varying", "decimal": "numeric", "timestamp": "timestamp without time zone"}
_COLUMN = re.compile(
    r"(?P<name>\w+) (?P<type>\w+(?:\([\d,]+\))?(?:\[\])?)(?P<key> primary key)?(?P<required> not null)?"
    r"(?: default (?P<default>\S+))?(?: references (?P<target>\w+\(\w+\)) (?P<action>on delete .+))?"
)

_COLUMNS_SQL = """
SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull, pg_get_expr(adbin, adrelid),
    EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'p' AND conrelid = attrelid AND conkey = ARRAY[attnum])
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""
_REFERENCES_SQL = """
SELECT own.attname, confrelid::regclass || '(' || other.attname || ') on delete ' ||
    CASE confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'no action' END
FROM pg_constraint
    JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = conkey[1]
    JOIN pg_attribute other ON other.attrelid = confrelid AND other.attnum = confkey[1]
WHERE contype = 'f' AND conrelid = %s::regclass
"""
_INDEXES_SQL = """
SELECT substring(pg_get_indexdef(indexrelid) FROM 'USING btree (\\(.*\\))') FROM pg_index
WHERE indrelid = %s::regclass AND indpred IS NULL AND indisvalid
"""


def _specified() -> dict[str, str]:
    """The specification's SQL as facts: "media_assets.cost type" is "numeric(10,4)"."""
    facts: dict[str, str] = {}
    for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", SPECIFICATION, re.S):
        for line in body.strip().splitlines():
            text = line.strip().rstrip(",").lower()
            if index := re.fullmatch(r"index \w+ (\(.*\))", text):
                facts[f"{table} index {index[1]}"] = "yes"
                continue
            column = _COLUMN.fullmatch(text)
            assert column is not None, text
            word = re.match(r"\w+", column["type"])
            assert word is not None
            facts |= _facts_of_column(
                f"{table}.{column['name']}",
                type=column["type"].replace(word[0], _TYPES.get(word[0], word[0]), 1),
                null=not (column["required"] or column["key"]),
                default=column["default"],
                key=bool(column["key"]),
                references=f"{column['target']} {column['action']}" if column["target"] else None,
            )
    return facts


def _found() -> dict[str, str]:
    """The same facts as PostgreSQL tells them, of every column and index of the four tables."""
    facts: dict[str, str] = {}
    for table in TABLES:
        references = dict(_rows(_REFERENCES_SQL, table))
        for name, kind, null, default, key in _rows(_COLUMNS_SQL, table):
            facts |= _facts_of_column(
                f"{table}.{name}", type=kind, null=null, default=default, key=key, references=references.get(name)
            )
        facts |= {f"{table} index {columns.lower()}": "yes" for (columns,) in _rows(_INDEXES_SQL, table)}
    return facts


def _facts_of_column(
    name: str, *, type: str, null: bool, default: str | None, key: bool, references: str | None
) -> dict[str, str]:
    return {
        f"{name} column": "yes",
        f"{name} type": type,
        f"{name} null": "yes" if null else "no",
        f"{name} default": (default or "nothing").lower(),
        f"{name} key": "yes" if key else "no",
        f"{name} references": references or "nothing",
    }


def _rows(sql: str, table: str) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        return list(cursor.fetchall())


def _departures() -> list[tuple[str, str, str]]:
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \| \S.*\|$", ADR, re.M)


def _differences() -> dict[str, tuple[str, str]]:
    specified, found = _specified(), _found()
    gone = {name.rpartition(" ")[0] for name in specified if name.endswith(" column") and name not in found}
    return {
        name: (wanted, found.get(name, "no"))
        for name, wanted in specified.items()
        # Of a column that is not there, one difference says enough.
        if found.get(name) != wanted and (name.rpartition(" ")[0] not in gone or name.endswith(" column"))
    }


def test_the_specification_was_read_whole() -> None:
    facts = _specified()
    assert sum(name.endswith(" column") for name in facts) == 48
    assert sum(" index " in name for name in facts) == 8
    assert facts["media_assets.cost type"] == "numeric(10,4)"
    assert facts["media_assets.tags type"] == "character varying(50)[]"
    assert facts["media_usage.asset_id references"] == "media_assets(id) on delete cascade"
    assert {name.split(".")[0].split(" ")[0] for name in facts} == set(TABLES)


def test_every_difference_from_the_specification_has_its_row_in_the_adr() -> None:
    departures = _departures()
    unexplained = {
        name: difference
        for name, difference in _differences().items()
        if not any(fnmatchcase(name, what) and difference == (was, now) for what, was, now in departures)
    }
    assert unexplained == {}


def test_every_row_of_the_adr_is_a_difference_that_is_there() -> None:
    differences = _differences()
    stale = [
        (what, was, now)
        for what, was, now in _departures()
        if not any(fnmatchcase(name, what) and difference == (was, now) for name, difference in differences.items())
    ]
    assert stale == []


def test_money_is_never_a_binary_float() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('real', 'double precision')"
            " AND column_name ~ '(cost|amount|price|credit|total|quoted)'"
        )
        assert cursor.fetchall() == []


def test_a_delete_outside_django_takes_the_rows_that_the_specification_says() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text || '.' || attname FROM pg_constraint"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
            " WHERE contype = 'f' AND confdeltype = 'a' AND conrelid::regclass::text ~ '^media_' ORDER BY 1"
        )
        assert cursor.fetchall() == []
