"""How figures and charts are written."""

from decimal import Decimal

import pytest

from gencraft_media.console.dashboard.charts import Series, bar_chart
from gencraft_media.console.dashboard.formats import bytes_text, count_text, money_text, seconds_text, share_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234.567", "$1,234.57"),
        ("-3.5", "−$3.50"),
        ("0.00285", "$0.00285"),
        ("0.04", "$0.04"),
        ("0.000001", "$0.000001"),
    ],
)
def test_money_has_cents_or_what_it_takes(amount: str, text: str) -> None:
    assert money_text(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100.0 %"),
        (0.99999, "99.99 %"),
        (0.9991, "99.91 %"),
        (0.5, "50.0 %"),
        (0.0059, "0.59 %"),
        (-0.25, "−25.0 %"),
    ],
)
def test_shares_near_the_whole_are_told_more_exactly(share: float, text: str) -> None:
    assert share_text(share) == text


def test_other_figures() -> None:
    assert (count_text(1234567), count_text(-5)) == ("1,234,567", "−5")
    assert (seconds_text(3.456), seconds_text(30.04), seconds_text(125)) == ("3.46 s", "30.0 s", "2 min 5 s")
    assert (bytes_text(999), bytes_text(1500), bytes_text(2_000_000_000)) == ("999 B", "1.5 kB", "2.0 GB")


def test_bars_stand_on_each_other_and_fill_the_scale() -> None:
    chart = bar_chart(
        "Jobs", ["a", "b", "c"], [Series("ok", "good", [3, 0, 1]), Series("no", "bad", [1, 0, 0])], str, stacked=True
    )
    assert [text for _, text in chart.lines] == ["4.0", "3.0", "2.0", "1.0", "0.0"]
    good, bad = chart.slots[0].bars
    assert ((good.y, good.height), (bad.y, bad.height)) == (("25", "75"), ("0", "25"))
    assert chart.slots[1].bars == []
    assert chart.slots[0].says == "a: ok 3.0, no 1.0"


def test_bars_side_by_side_share_their_slot() -> None:
    series = [Series("one", "main", [Decimal("7.5")]), Series("two", "second", [Decimal("2.5")])]
    chart = bar_chart("Money", ["a"], series, str, stacked=False)
    assert [text for _, text in chart.lines] == ["8.0", "6.0", "4.0", "2.0", "0.0"]
    assert [(bar.x, bar.width) for bar in chart.slots[0].bars] == [("0.1", "0.4"), ("0.5", "0.4")]


def test_a_chart_of_nothing_says_so() -> None:
    assert bar_chart("Jobs", ["a"], [Series("ok", "good", [0])], str, stacked=True).is_empty
