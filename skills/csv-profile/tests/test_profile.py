"""Whole files: encodings, delimiters, ragged lines, duplicates, and what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import main
import profile_csv
import pytest
from sniff import BadInputError


def run(folder: Path, data: str | bytes, **request: object) -> dict:
    path = folder / "data.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return main.run({"file": str(path), **request})


def names(result: dict) -> list[str]:
    return [column["name"] for column in result["columns"]]


def test_the_example() -> None:
    result = main.run({})
    assert (result["rows"], result["delimiter"], result["encoding"]) == (14, ",", "utf-8")
    assert {column["name"]: column["type"] for column in result["columns"]} == {
        "order": "integer",
        "customer": "text",
        "placed": "date",
        "amount": "text",
        "express": "boolean",
        "postcode": "text",
        "comment": "text",
    }
    assert result["duplicateRows"] == {"count": 1, "exact": True}
    assert result["ragged"] == {"short": 1, "long": 1, "firstLine": 14}
    assert result["warnings"] == [
        "rows that differ from the header in width: 2, the first at line 14",
        "rows that repeat an earlier one: 1",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [["a", "b", "c"], ["1", "x y", "3"], ["4", "5", "6"]])
    result = run(tmp_path, text)
    assert (result["delimiter"], names(result), result["rows"]) == (delimiter, ["a", "b", "c"], 2)


def test_a_decimal_comma_does_not_hide_the_semicolon(tmp_path: Path) -> None:
    assert run(tmp_path, "a;b\n1,5;2,5\n3,5;4\n")["delimiter"] == ";"


def test_one_column_has_no_delimiter(tmp_path: Path) -> None:
    result = run(tmp_path, "a\n1\n2\n")
    assert (result["delimiter"], names(result), result["rows"]) == (",", ["a"], 2)


@pytest.mark.parametrize(
    ("data", "encoding", "guessed"),
    [
        ("name\nZoë\n".encode(), "utf-8", False),
        ("name\nZoë\n".encode("utf-8-sig"), "utf-8-sig", False),
        ("name\nZoë\n".encode("utf-16"), "utf-16", False),
        ("name\nZoë\n".encode("cp1252"), "cp1252", True),
        (b"name\nZo\xeb\x81\n", "latin-1", True),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, data: bytes, encoding: str, guessed: bool) -> None:
    result = run(tmp_path, data)
    assert (result["encoding"], result["encodingGuessed"]) == (encoding, guessed)
    assert result["columns"][0]["name"] == "name"
    assert result["columns"][0]["top"][0]["value"].startswith("Zoë")


def test_an_encoding_that_breaks_late_is_still_noticed(tmp_path: Path) -> None:
    data = b"name\n" + b"plain\n" * 400_000 + b"\xe9\n"
    assert run(tmp_path, data)["encoding"] == "cp1252"


def test_without_a_header_the_first_row_counts(tmp_path: Path) -> None:
    result = run(tmp_path, "1,2\n3,4\n", header=False)
    assert (names(result), result["rows"]) == (["column1", "column2"], 2)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert run(tmp_path, "\na,b\r\n\r\n1,2\r\n\r\n")["rows"] == 1


def test_names_that_clash_or_lack_are_said(tmp_path: Path) -> None:
    assert run(tmp_path, "a,a,,b\n1,2,3,4\n")["warnings"] == ["columns named 'a': 2", "columns without a name: 1"]
    assert run(tmp_path, "a,b\n")["warnings"] == ["a header but no rows"]


def test_duplicates_above_the_bound_are_a_lower_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_csv, "ROWS_KEPT", 2)
    assert run(tmp_path, "a\n1\n2\n3\n3\n1\n")["duplicateRows"] == {"count": 1, "exact": False}


def test_bounds_are_shared_by_the_columns() -> None:
    wide = profile_csv.Profile([f"c{index}" for index in range(2_000)])
    assert sum(column.values_max for column in wide.columns) <= 200_000
    assert {column.sketch.size for column in wide.columns} == {200}


@pytest.mark.parametrize(
    ("data", "request_", "message"),
    [
        (b"", {}, "data.csv: the file is empty"),
        (b"\n\n", {}, "data.csv: the file is empty"),
        (b"\x89PNG\0", {}, "data.csv: not a text file (byte 4 is zero); if it is UTF-16, say so with encoding"),
        (b"a\n\xff\n", {"encoding": "utf-8"}, "data.csv: not readable as utf-8-sig"),
        (b"a" * 3, {"encoding": "utf-16"}, "data.csv: not readable as utf-16"),
        (b"," * 2_000, {}, "data.csv: 2001 columns; at most 2000 are profiled"),
        (b"a\n" + b"x" * 1_100_000, {}, "data.csv line 2: not readable as CSV (field larger than field limit (1048576))"),
        (b"a", {"top": 51}, "top must be a whole number from 0 to 50, found 51"),
        (b"a", {"delimiter": "x"}, "delimiter must be one of ',', ';', '\\t', '|', found 'x'"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: bytes, request_: dict, message: str) -> None:
    with pytest.raises(BadInputError) as problem:
        run(tmp_path, data, **request_)
    assert str(problem.value) == message


def test_a_refusal_is_exit_2_and_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"file": "none.csv"}'))
    assert main.main() == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "csv-profile: none.csv: no such file; files handed to the run: none\n"


def test_the_result_is_one_json_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main.main() == 0
    assert json.loads(capsys.readouterr().out)["columns"][1]["top"][0] == {"value": "Ada", "count": 4}
