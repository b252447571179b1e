"""Bad data is refused with one line that names line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from bars import BadInputError, Bars, cut, find_file, read_bars

GOOD = "date,open,close\n2020-01-02,1,10\n2020-01-03,1,11\n"


def read(folder: Path, text: str | bytes, price: str = "close") -> Bars:
    path = folder / "bars.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_bars(path, price)


def test_reads_dates_and_prices(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == Bars("close", [date(2020, 1, 2), date(2020, 1, 3)], [10.0, 11.0])


def test_header_is_compared_without_case_spaces_and_underscores(tmp_path: Path) -> None:
    bars = read(tmp_path, '\ufeff"Date","Adj Close"\r\n2020-01-02,1e1\r\n\r\n', "adj_close")
    assert bars == Bars("Adj Close", [date(2020, 1, 2)], [10.0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bars.csv: the file is empty"),
        ("date,close\n", "bars.csv: a header but no rows"),
        ("day,close\n", "bars.csv line 1, column date: missing; found day, close"),
        ("date,closed\n", "bars.csv line 1, column close: missing; did you mean closed?"),
        ("date,close,Close\n", "bars.csv line 1, column close: stands 2 times in the header"),
        ("date,close\n2020-01-02,\n", "bars.csv line 2, column close: no value"),
        ("date,close\n2020-01-02\n", "bars.csv line 2, column close: no value"),
        ("date,close\n2020-01-02,n/a\n", "bars.csv line 2, column close: must be a number, found 'n/a'"),
        ("date,close\n2020-01-02,nan\n", "bars.csv line 2, column close: must be a number, found 'nan'"),
        ("date,close\n2020-01-02,1_0\n", "bars.csv line 2, column close: must be a number, found '1_0'"),
        ("date,close\n2020-01-02,0\n", "bars.csv line 2, column close: a price must be above 0, found 0"),
        ("date,close\n2020-01-02,-3\n", "bars.csv line 2, column close: a price must be above 0, found -3"),
        (
            "date,close\n2020-01-02,1e999\n",
            "bars.csv line 2, column close: a price must lie in 1e-12 to 1e+15, found 1e999",
        ),
        ("date,close\n02/01/2020,1\n", "bars.csv line 2, column date: must be a date YYYY-MM-DD, found '02/01/2020'"),
        ("date,close\n2020-02-30,1\n", "bars.csv line 2, column date: must be a date YYYY-MM-DD, found '2020-02-30'"),
        ("date,close\n20200102,1\n", "bars.csv line 2, column date: must be a date YYYY-MM-DD, found '20200102'"),
        (
            "date,close\n2020-01-03,1\n\n2020-01-02,1\n",
            "bars.csv line 4, column date: 2020-01-02 comes after 2020-01-03; dates must ascend",
        ),
        ("date,close\n2020-01-03,1\n2020-01-03,1\n", "bars.csv line 3, column date: 2020-01-03 stands twice"),
        (b"date,close\n2020-01-03,\xff\n", "bars.csv: not UTF-8 text (byte 22 cannot be read)"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BadInputError) as problem:
        read(tmp_path, text)
    assert str(problem.value) == message


def test_an_open_quote_is_not_csv(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"^bars.csv: not readable as CSV"):
        read(tmp_path, 'date,close\n2020-01-02,"1\n')


def test_both_ends_of_a_cut_are_included(tmp_path: Path) -> None:
    bars = read(tmp_path, GOOD)
    assert cut(bars, date(2020, 1, 3), None).prices == [11.0]
    assert cut(bars, None, date(2020, 1, 2)).prices == [10.0]
    assert cut(bars, date(2020, 1, 2), date(2020, 1, 3)) == bars


def test_a_cut_without_bars_says_what_there_is(tmp_path: Path) -> None:
    bars = read(tmp_path, GOOD)
    with pytest.raises(BadInputError, match=r"^no bars from 2021-01-01; the file has 2020-01-02 to 2020-01-03$"):
        cut(bars, date(2021, 1, 1), None)
    with pytest.raises(BadInputError, match=r"^from 2020-01-03 is after to 2020-01-02$"):
        cut(bars, date(2020, 1, 3), date(2020, 1, 2))


def test_given_files_come_before_the_own_ones(tmp_path: Path) -> None:
    given, own = tmp_path / "files", tmp_path / "skill"
    for folder in (given, own):
        folder.mkdir()
        (folder / "a.csv").touch()
    assert find_file("a.csv", [given, own]) == given / "a.csv"
    with pytest.raises(BadInputError, match=r"^b.csv: no such file; files handed to the run: a.csv$"):
        find_file("b.csv", [given, own])
