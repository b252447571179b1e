"""Whole charts: every kind gives a PNG of the asked size, and bad data gives one line."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import draw
import main
import pytest
from table import BadInputError

REGIONS = "region,$rev$,_cost\nNorth of the long river valley,12,-4\nSouth,7,NA\nEast,9.5,-6\n"


def chart(folder: Path, data: str | None, **request: object) -> dict:
    if data is not None:
        (folder / "data.csv").write_text(data, encoding="utf-8")
        request["file"] = str(folder / "data.csv")
    return main.run(request, folder / "out")


def size(folder: Path) -> tuple[int, int]:
    data = (folder / "out" / "chart.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[-8:-4] == b"IEND"
    return struct.unpack(">II", data[16:24])


def test_without_input_the_sample_becomes_candlesticks(tmp_path: Path) -> None:
    result = chart(tmp_path, None)
    assert result == {
        "artifact": "chart.png",
        "rows": 62,
        "columns": ["date", "open", "high", "low", "close"],
        "missing": 0,
    }
    assert size(tmp_path) == (1200, 700)


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "line", "y": ["close", "open"]},
        {"kind": "line", "y": ["close"], "log": True, "width": 301, "height": 300},
        {"kind": "bar", "y": ["volume"], "log": True},
        {"kind": "scatter", "x": "volume", "y": ["Close"]},
        {"kind": "histogram", "y": ["high", "low"]},
        {"kind": "histogram", "y": ["high"], "log": True},
        {"kind": "candlestick", "log": True, "width": 4000, "height": 1000},
    ],
)
def test_every_kind_is_drawn_at_the_asked_size(tmp_path: Path, request_: dict) -> None:
    chart(tmp_path, None, **request_)
    assert size(tmp_path) == (request_.get("width", 1200), request_.get("height", 700))


def test_words_along_the_bottom_and_names_with_signs(tmp_path: Path) -> None:
    result = chart(tmp_path, REGIONS, kind="bar", y=["$rev$", "_cost"], title="Revenue ($m$)")
    assert result == {"artifact": "chart.png", "rows": 3, "columns": ["region", "$rev$", "_cost"], "missing": 1}


@pytest.mark.parametrize("kind", ["line", "bar", "scatter", "histogram"])
def test_one_row_and_equal_values_can_be_drawn(tmp_path: Path, kind: str) -> None:
    chart(tmp_path, "n,v\n1,5\n", kind=kind, y=["v"])
    chart(tmp_path, "n,v\n1,5\n1,5\n", kind=kind, y=["v"])
    assert size(tmp_path) == (1200, 700)


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    chart(tmp_path, None)
    first = (tmp_path / "out" / "chart.png").read_bytes()
    chart(tmp_path, None)
    assert (tmp_path / "out" / "chart.png").read_bytes() == first


@pytest.mark.parametrize(
    ("data", "request_", "message"),
    [
        (REGIONS, {"kind": "bar", "y": ["rev"]}, "data.csv: no column rev; did you mean $rev$?"),
        (REGIONS, {"kind": "bar"}, "y is needed for kind bar: one or more columns of region, $rev$, _cost"),
        (
            REGIONS,
            {"kind": "bar", "y": ["region"], "x": "_cost"},
            "data.csv line 2, column region: must be a number, found 'North of the long river valley'",
        ),
        (
            REGIONS,
            {"kind": "bar", "y": ["_cost"], "log": True},
            "data.csv line 2, column _cost: -4 cannot be drawn on a logarithmic axis, which needs values above 0",
        ),
        (REGIONS, {"kind": "pie"}, "kind must be one of line, bar, scatter, histogram, candlestick, found 'pie'"),
        (REGIONS, {"kind": "bar", "y": ["_cost"], "width": 299}, "width must be 300 to 4000 pixels, found 299"),
        (REGIONS, {"kind": "candlestick", "y": ["_cost"]}, "a candlestick needs 4 columns in y: open, high, low, close; found 1"),
        (REGIONS, {"kind": "line", "y": []}, "y must be a list of column names"),
        ("a,b\n1,\n2,NA\n", {"kind": "line", "y": ["b"]}, "data.csv: column b holds no numbers"),
        ("d,open,high,low,close\n1,2,1,3,2\n", {}, "data.csv line 2, column high: the high is below the low"),
        ("d,open,high,low,close\n1,2,3,1,2\n2,2,3,1,4\n", {}, "data.csv line 3, column high: the high is below the open or the close"),
        ("d,open,high,low,close\n1,2,3,2.5,3\n", {}, "data.csv line 2, column low: the low is above the open or the close"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, data: str, request_: dict, message: str) -> None:
    with pytest.raises(BadInputError) as problem:
        chart(tmp_path, data, **request_)
    assert str(problem.value) == message
    assert not list(tmp_path.glob("out/*"))


def test_eight_series_have_eight_colours() -> None:
    assert len(set(draw.PALETTE)) == 8


def test_a_refusal_is_exit_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTCTL_OUT", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO('{"x": "dat"}'))
    assert main.main() == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "chart: sp500-2020-q1.csv: no column dat; did you mean date?\n"


def test_the_result_is_one_json_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGENTCTL_OUT", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO('{"kind": "histogram", "y": ["close"]}'))
    assert main.main() == 0
    assert json.loads(capsys.readouterr().out)["columns"] == ["close"]
