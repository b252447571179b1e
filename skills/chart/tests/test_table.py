"""Reading columns: what an axis becomes, and what is refused."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import pytest
import table
from table import BadInputError, Table, match_column, read_columns, read_header


def read(folder: Path, text: str | bytes, *columns: str) -> Table:
    path = folder / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_columns(path, columns)


def test_only_the_asked_columns_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b,c\n1,2,3\n\n4,5\n", "c", "a")
    assert (found.cells, list(found.lines), found.rows) == ({"c": ["3", ""], "a": ["1", "4"]}, [2, 4], 2)


def test_missing_cells_are_nan(tmp_path: Path) -> None:
    values = read(tmp_path, "a,b\n1,x\n,x\nN/A,x\n-2.5e1,x\n", "a").numbers("a")
    assert [value for value in values if not math.isnan(value)] == [1.0, -25.0]
    assert len(values) == 4


@pytest.mark.parametrize("cell", ["x", "1,5", "inf", "1_0", "1e999", "\u0661"])
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, cell: str) -> None:
    with pytest.raises(BadInputError) as problem:
        read(tmp_path, f'a\n1\n"{cell}"\n', "a").numbers("a")
    assert str(problem.value) == f"data.csv line 3, column a: must be a number, found {cell!r}"


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["2024-01-01", "2024-01-02"], "dates", datetime(2024, 1, 1)),
        (["2024-01-01 09:30", "2024-01-02"], "dates", datetime(2024, 1, 1, 9, 30)),
        (["2024-01-01T09:30+00:00", "2024-01-02"], "words", "2024-01-01T09:30+00:00"),
        (["2024-02-30"], "words", "2024-02-30"),
        (["1", "2.5"], "numbers", 1.0),
        (["1", ""], "words", "1"),
        (["north", "south"], "words", "north"),
    ],
)
def test_an_axis_is_dates_numbers_or_words(tmp_path: Path, cells: list[str], kind: str, first: object) -> None:
    found, values = read(tmp_path, "\n".join(["a,b", *[f"{cell},x" for cell in cells]]), "a").axis("a")
    assert (found, values[0]) == (kind, first)


def test_columns_are_matched_exactly_first() -> None:
    assert match_column("close", ["Close", "close"], "f") == "close"
    assert match_column("CLOSE", ["date", "Close"], "f") == "Close"


@pytest.mark.parametrize(
    ("wanted", "header", "message"),
    [
        ("clsoe", ["date", "Close"], "f.csv: no column clsoe; did you mean Close?"),
        ("price", ["date", "x"], "f.csv: no column price; the file has date, x"),
        ("a", ["a", "a"], "f.csv: 2 columns are named a"),
    ],
)
def test_a_column_that_is_not_there_is_named(wanted: str, header: list[str], message: str) -> None:
    with pytest.raises(BadInputError) as problem:
        match_column(wanted, header, "f.csv")
    assert str(problem.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "data.csv: the file is empty"),
        (b"a\n", "data.csv: a header but no rows"),
        (b"a\n\xff\n", "data.csv: not UTF-8 text after line 0"),
        (b"a\n" + b"x" * 200_000, "data.csv line 2: not readable as CSV (field larger than field limit (131072))"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(BadInputError) as problem:
        read(tmp_path, text, "a")
    assert str(problem.value) == message


def test_the_header_survives_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes("\ufeffa, b \n1,2\n".encode())
    assert read_header(path) == ["a", "b"]


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ROWS_MAX", 2)
    with pytest.raises(BadInputError, match=r"^data.csv: more than 2 rows; sum up before charting$"):
        read(tmp_path, "a\n1\n2\n3\n", "a")
