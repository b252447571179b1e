"""The whole skill on the shipped S&P 500 bars, against figures computed a second way."""

from __future__ import annotations

import csv
import io
import json
import struct
from datetime import date
from decimal import Decimal, getcontext
from itertools import pairwise
from pathlib import Path

import main
import pytest


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def figures(out: Path) -> dict:
    return main.run({}, out)


@pytest.fixture(scope="module")
def closes() -> list[tuple[date, Decimal]]:
    """Read again without the code under test, as exact decimals."""
    text = (main.SKILL / "assets" / "sp500-daily.csv").read_text(encoding="utf-8")
    return [(date.fromisoformat(row["date"]), Decimal(row["close"])) for row in csv.DictReader(io.StringIO(text))]


def test_counts_and_dates(figures: dict) -> None:
    assert (figures["bars"], figures["from"], figures["to"]) == (5105, "2000-01-03", "2020-04-17")


def test_figures_agree_with_exact_decimals(figures: dict, closes: list[tuple[date, Decimal]]) -> None:
    getcontext().prec = 40
    prices = [price for _, price in closes]
    simple = [after / before - 1 for before, after in pairwise(prices)]
    logs = [(after / before).ln() for before, after in pairwise(prices)]
    count = len(simple)

    def moment(values: list[Decimal], power: int) -> Decimal:
        centre = sum(values) / len(values)
        return sum((value - centre) ** power for value in values)

    spread = (moment(simple, 2) / (count - 1)).sqrt()
    downside = (sum(min(value, Decimal(0)) ** 2 for value in simple) / count).sqrt()
    year, average = Decimal(252).sqrt(), sum(simple) / count
    days = Decimal((closes[-1][0] - closes[0][0]).days)
    ordered = sorted(simple)
    expected = {
        "totalReturn": prices[-1] / prices[0] - 1,
        "cagr": (prices[-1] / prices[0]) ** (Decimal("365.25") / days) - 1,
        "volatility": (moment(logs, 2) / (count - 1)).sqrt() * year,
        "sharpe": year * average / spread,
        "sortino": year * average / downside,
        "skew": moment(simple, 3) / spread**3 * count / ((count - 1) * (count - 2)),
        "kurtosis": moment(simple, 4) / spread**4 * count * (count + 1) / ((count - 1) * (count - 2) * (count - 3))
        - Decimal(3) * (count - 1) ** 2 / ((count - 2) * (count - 3)),
        "var95": -ordered[255],
        "es95": -(sum(ordered[:255]) + Decimal("0.2") * ordered[255]) / Decimal("255.2"),
    }
    for name, value in expected.items():
        assert figures[name] == pytest.approx(float(value), rel=1e-11), name


def test_figures_agree_with_published_ones(figures: dict) -> None:
    """What is widely reported of the index: worst and best day, the fall of 2007 to 2009, price returns of calendar years."""
    assert figures["worstDay"] == {"date": "2020-03-16", "return": pytest.approx(-0.1198, abs=5e-5)}
    assert figures["bestDay"] == {"date": "2008-10-13", "return": pytest.approx(0.1158, abs=5e-5)}
    assert figures["maxDrawdown"] == {
        "depth": pytest.approx(-0.5678, abs=5e-5),
        "peak": "2007-10-09",
        "trough": "2009-03-09",
        "recovery": "2013-03-28",
    }
    returns = {entry["year"]: entry["return"] for entry in figures["yearly"]}
    for year, value in {2001: -0.1304, 2003: 0.2638, 2008: -0.3849, 2013: 0.2960, 2019: 0.2888}.items():
        assert returns[year] == pytest.approx(value, abs=5e-5), year


def test_drawdowns_agree_with_a_search_over_all_pairs(figures: dict, closes: list[tuple[date, Decimal]]) -> None:
    prices = [float(price) for _, price in closes]
    deepest, longest = 0.0, 0
    for start, peak in enumerate(prices):
        end = next((index for index in range(start + 1, len(prices)) if prices[index] >= peak), len(prices))
        if end == start + 1:
            continue
        deepest = min(deepest, min(prices[start + 1 : end]) / peak - 1)
        longest = max(longest, (closes[min(end, len(prices) - 1)][0] - closes[start][0]).days)
    assert figures["maxDrawdown"]["depth"] == deepest
    # Every longest stay below a price starts at a peak, so both searches end at the same one.
    assert figures["longestDrawdown"] == {"days": longest, "peak": "2000-03-24", "recovery": "2007-05-30"}


def test_yearly_returns_multiply_to_the_total(figures: dict) -> None:
    product = 1.0
    for entry in figures["yearly"]:
        product *= 1 + entry["return"]
    assert product - 1 == pytest.approx(figures["totalReturn"], rel=1e-12)


def test_artifacts(figures: dict, out: Path) -> None:
    assert figures["artifacts"] == sorted(path.name for path in out.iterdir())
    head = (out / "drawdown.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == (1200, 750)
    rows = (out / "yearly.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "year,from,to,return"
    assert len(rows) == 22


def run_main(monkeypatch: pytest.MonkeyPatch, out: Path, text: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    monkeypatch.setenv("AGENTCTL_OUT", str(out))
    return main.main()


def test_one_bar_gives_nulls_and_a_picture(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    assert run_main(monkeypatch, tmp_path, '{"from": "2020-04-17"}') == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["bars"], result["cagr"], result["maxDrawdown"]["depth"]) == (1, None, None)
    assert (tmp_path / "drawdown.png").stat().st_size > 5_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "market-stats: the input must be a JSON object"),
        ('{"file": "none.csv"}', "market-stats: none.csv: no such file; files handed to the run: none"),
        ('{"price": "clsoe"}', "market-stats: sp500-daily.csv line 1, column clsoe: missing; did you mean close?"),
        ('{"from": "2020-13-01"}', "market-stats: from must be a date YYYY-MM-DD, found '2020-13-01'"),
        ('{"riskFree": -1}', "market-stats: riskFree must be a fraction a year above -1 and at most 10, found -1"),
        (
            '{"from": "2030-01-01"}',
            "market-stats: no bars from 2030-01-01; the file has 2000-01-03 to 2020-04-17",
        ),
    ],
)
def test_bad_input_is_exit_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path, text: str, message: str
) -> None:
    assert run_main(monkeypatch, tmp_path, text) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{message}\n")
    assert list(tmp_path.iterdir()) == []
