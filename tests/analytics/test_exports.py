"""Tables by name, and files that a spreadsheet opens without running anything."""

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gencraft_media.analytics.exports import TABLES, csv_lines, table_of
from gencraft_media.analytics.models import ReportSettings
from gencraft_media.analytics.periods import period_of
from gencraft_media.analytics.rollups import remake
from gencraft_media.analytics.selectors import Filters
from gencraft_media.analytics.tables import TEXT, Column, Table
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.versioned import change_settings
from tests.analytics.rows import NOON, make_asset, make_cost, make_job, make_output, make_rating
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
MONEY = {"credits", "cost", "revenue", "margin", "margin_share", "alternative", "saved", "roi"}


def at_noon(key: str = "7d") -> Filters:
    return Filters(period_of(key, NOON + timedelta(minutes=5)))


def rows_of(key: str, *, finance: bool = True) -> list[dict[str, Any]]:
    table = table_of(key, at_noon(), finance=finance)
    return [dict(zip([column.name for column in table.columns], row, strict=True)) for row in table.rows]


@pytest.fixture
def history() -> None:
    """Two pictures of Alice's with openai, and a failure with flux."""
    alice = make_project(make_user("alice"), name="=1+1")
    job = make_job(alice, seconds=10)
    make_output(job, cost="0.10", credits=10)
    make_output(job, cost="0.10", credits=10)
    make_cost(job, amount="0.08")
    make_rating(make_asset(job), 5)
    make_job(alice, provider="flux", model="flux-pro", status="failed")
    remake(NOON)


def test_a_provider_has_its_jobs_times_ratings_and_money(history: None) -> None:
    openai, flux = rows_of("providers")
    assert openai.pop("p50") == pytest.approx(10, rel=0.09)
    assert openai.pop("p95") == pytest.approx(10, rel=0.09)
    assert openai == {
        "provider": "openai",
        "jobs": 1,
        "success": 1.0,
        "outputs": 2,
        "ratings": 1,
        "good": 1.0,
        "credits": 20,
        "cost": Decimal("0.08"),
        "revenue": Decimal("0.20"),
        "margin": Decimal("0.12"),
        "margin_share": 0.6,
    }
    assert (flux["provider"], flux["success"], flux["p50"], flux["margin_share"]) == ("flux", 0.0, None, None)


def test_every_day_has_a_row(history: None) -> None:
    rows = rows_of("days")
    assert [row["day"] for row in rows] == [f"{NOON - timedelta(days=ago):%Y-%m-%d}" for ago in range(6, -1, -1)]
    assert [row["jobs"] for row in rows] == [0, 0, 0, 0, 0, 0, 2]


def test_reports_compare_with_what_pictures_cost_elsewhere(history: None) -> None:
    change_settings(ReportSettings, {"alternative_price": Decimal("0.5")})
    [row] = rows_of("projects")
    assert (row["project"], row["outputs"]) == ("=1+1", 2)
    assert (row["alternative"], row["saved"], row["roi"]) == (Decimal("1.0"), Decimal("0.80"), 4.0)


def test_users_and_models_are_named(history: None) -> None:
    assert [row["user"].split("-")[0] for row in rows_of("users")] == ["alice"]
    assert [row["model"] for row in rows_of("model-reports")] == ["openai/gpt-image-1", "flux/flux-pro"]
    assert [row["operation"] for row in rows_of("operations")] == ["text-to-image"]


def test_models_and_nameless_operations_are_called_as_elsewhere(history: None) -> None:
    make_job(make_project(), provider="sim", model="sim/priced", operation="")
    remake(NOON)
    assert "sim/priced" in [row["model"] for row in rows_of("model-reports")]
    assert "(unknown)" in [row["operation"] for row in rows_of("operations")]


@pytest.mark.parametrize("key", TABLES)
def test_without_the_right_no_table_tells_of_money(history: None, key: str) -> None:
    table = table_of(key, at_noon(), finance=False)
    assert {column.name for column in table.columns} & MONEY == set()
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_an_unknown_table_is_not_found() -> None:
    with pytest.raises(ObjectNotFound):
        table_of("secrets", at_noon(), finance=True)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", '=HYPERLINK("http://evil")']
)
def test_text_that_looks_like_a_formula_is_text(text: str) -> None:
    table = Table("any", "Any", (Column("name", "Name", TEXT), Column("n", "N", "count")), [[text, -5]])
    [_, row] = csv.reader(csv_lines(table))
    assert row == [f"'{text}", "-5"]


def test_a_name_stays_one_cell_where_semicolons_part_columns() -> None:
    table = Table("any", "Any", (Column("name", "Name", TEXT), Column("n", "N", "count")), [["a;=1+1", 5]])
    assert list(csv_lines(table))[1].strip() == '"a;=1+1",5'


def test_a_file_has_names_and_exact_values(history: None) -> None:
    lines = list(csv_lines(table_of("projects", at_noon(), finance=True)))
    names, row = csv.reader(lines)
    found = dict(zip(names, row, strict=True))
    assert (found["project"], found["revenue"], found["cost"]) == ("'=1+1", "0.200000", "0.080000")
    assert len(lines) == 2
