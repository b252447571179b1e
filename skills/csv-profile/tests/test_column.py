"""Types, missing values and bounds of one column."""

from __future__ import annotations

import pytest
from column import Column, kind_of


def filled(*cells: str, values_max: int = 100) -> Column:
    column = Column("c", values_max, 64)
    for cell in cells:
        column.add(cell)
    return column


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", "integer"),
        ("-12", "integer"),
        ("007", "text"),
        ("1234567890123456789", "text"),
        ("1.", "number"),
        (".5", "number"),
        ("2.2e-3", "number"),
        ("2E9", "number"),
        ("1e999", "text"),
        ("1,5", "text"),
        ("inf", "text"),
        ("0x1F", "text"),
        ("\u0661\u0662", "text"),
        ("TRUE", "boolean"),
        ("2024-02-29", "date"),
        ("2023-02-29", "text"),
        ("2024-02-29T12:00:00Z", "datetime"),
        ("2024-02-29 12:00", "datetime"),
        ("2024-02-29 25:00", "text"),
    ],
)
def test_kind_of_a_value(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([], "empty"),
        (["", "NA"], "empty"),
        (["1", "2", "n/a"], "integer"),
        (["1", "2.5"], "number"),
        (["1", "x"], "text"),
        (["yes", "no"], "boolean"),
        (["2024-01-01"], "date"),
        (["2024-01-01", "2024-01-01T00:00"], "datetime"),
    ],
)
def test_a_column_has_the_narrowest_type(cells: list[str], kind: str) -> None:
    assert filled(*cells).report(0)["type"] == kind


def test_missing_values_are_counted_in_any_case() -> None:
    column = filled("", "  ", "na", "N/A", "NaN", "NULL", "none", "0", "-")
    assert (column.missing, column.report(0)["distinct"]["count"]) == (7, 2)


def test_figures_of_numbers() -> None:
    report = filled("1", "2", "2", "3.0", "x").report(2)
    assert report["kinds"] == {"integer": 3, "number": 1, "text": 1}
    assert report["numbers"] == {
        "count": 4,
        "min": 1.0,
        "max": 3.0,
        "mean": 2.0,
        "std": pytest.approx((2 / 3) ** 0.5),
        "quantiles": {"p05": 1.0, "p25": 1.0, "p50": 2.0, "p75": 2.0, "p95": 3.0},
        "rankError": 0.0,
    }
    assert report["top"] == [{"value": "2", "count": 2}, {"value": "1", "count": 1}]


def test_above_the_bound_counts_go_on_and_say_so() -> None:
    report = filled(*[str(n) for n in range(1_000)], "5", values_max=10).report(1)
    assert report["distinct"] == {"count": 11, "exact": False}
    assert report["top"] == [{"value": "5", "count": 2}]
    assert report["kinds"] == {"integer": 1_001}
    numbers = report["numbers"]
    assert (numbers["count"], numbers["min"], numbers["max"]) == (1_001, 0, 999)
    assert numbers["mean"] == pytest.approx((999 * 500 + 5) / 1_001)
    assert abs(numbers["quantiles"]["p50"] - 500) <= numbers["rankError"] * 1_001 + 16


def test_dates_above_the_bound_still_count_for_the_range() -> None:
    report = filled("2024-05-01", "2024-06-01", "2023-01-01", "2025-01-01", values_max=1).report(0)
    assert report["dates"] == {"min": "2023-01-01", "max": "2025-01-01"}


def test_long_values_are_cut_but_told_apart() -> None:
    report = filled("a" * 5_000 + "x", "a" * 5_000 + "y").report(2)
    assert report["distinct"]["count"] == 2
    assert [len(entry["value"]) for entry in report["top"]] == [64, 64]
