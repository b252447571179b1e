"""Figures of return and risk for a series of daily prices; formulas and sources: references/definitions.md.

Every figure is a fraction or a plain ratio; None where the data does not define it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from bars import Bars

BARS_A_YEAR = 252
DAYS_A_YEAR = 365.25
# Below the rounding error of a price ratio, a standard deviation is noise: the returns do not vary.
NO_SPREAD = 1e-14


@dataclass(frozen=True)
class Drawdown:
    """A time below a peak; `depth` is a fraction below 0, `recovery` None while it lasts."""

    depth: float
    peak: date
    trough: date
    recovery: date | None


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean, from a correctly rounded sum."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float | None:
    """Sample standard deviation, divisor n - 1; needs 2 values."""
    if len(values) < 2:
        return None
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))


def simple_returns(prices: Sequence[float]) -> list[float]:
    """P[i] / P[i-1] - 1, one fewer than prices."""
    return [after / before - 1 for before, after in pairwise(prices)]


def log_returns(prices: Sequence[float]) -> list[float]:
    """ln(P[i] / P[i-1]), one fewer than prices."""
    return [math.log(after / before) for before, after in pairwise(prices)]


def cagr(bars: Bars) -> float | None:
    """Growth a year: (last / first) ^ (365.25 / calendar days) - 1."""
    days = (bars.dates[-1] - bars.dates[0]).days
    if days == 0:
        return None
    try:
        return (bars.prices[-1] / bars.prices[0]) ** (DAYS_A_YEAR / days) - 1
    except OverflowError:
        return None


def volatility(prices: Sequence[float]) -> float | None:
    """Sample standard deviation of log returns, times sqrt(252)."""
    daily = deviation(log_returns(prices))
    return None if daily is None else daily * math.sqrt(BARS_A_YEAR)


def excess_returns(returns: Sequence[float], risk_free: float) -> list[float]:
    """Returns above the daily rate (1 + risk_free) ^ (1/252) - 1; `risk_free` is a fraction a year."""
    daily = (1 + risk_free) ** (1 / BARS_A_YEAR) - 1
    return [value - daily for value in returns]


def sharpe(excess: Sequence[float]) -> float | None:
    """sqrt(252) * mean / sample standard deviation of the excess returns."""
    spread = deviation(excess)
    if spread is None or spread < NO_SPREAD:
        return None
    return math.sqrt(BARS_A_YEAR) * mean(excess) / spread


def sortino(excess: Sequence[float]) -> float | None:
    """sqrt(252) * mean / sqrt(sum of min(x, 0)^2 over all returns / their number)."""
    if len(excess) < 2:
        return None
    downside = math.sqrt(math.fsum(min(value, 0.0) ** 2 for value in excess) / len(excess))
    if downside < NO_SPREAD:
        return None
    return math.sqrt(BARS_A_YEAR) * mean(excess) / downside


def skew(values: Sequence[float]) -> float | None:
    """Adjusted Fisher-Pearson skewness G1."""
    count, powers = len(values), _standard_powers(values, 3)
    if powers is None:
        return None
    return count / ((count - 1) * (count - 2)) * powers


def kurtosis(values: Sequence[float]) -> float | None:
    """Sample excess kurtosis G2; 0 for a normal distribution."""
    count, powers = len(values), _standard_powers(values, 4)
    if powers is None:
        return None
    factor = count * (count + 1) / ((count - 1) * (count - 2) * (count - 3))
    return factor * powers - 3 * (count - 1) ** 2 / ((count - 2) * (count - 3))


def value_at_risk(returns: Sequence[float]) -> float | None:
    """Minus the ceil(n / 20)-th smallest return: historical, 95 %, one day; a loss is positive."""
    count = len(returns)
    return None if count < 20 else -sorted(returns)[-(-count // 20) - 1]


def expected_shortfall(returns: Sequence[float]) -> float | None:
    """Minus the mean of the worst 5 % of returns, the last of them counted in part; a loss is positive."""
    count = len(returns)
    if count < 20:
        return None
    ordered, whole = sorted(returns), count // 20
    rest = (count / 20 - whole) * ordered[whole]
    return -math.fsum([*ordered[:whole], rest]) * 20 / count


def drawdowns(bars: Bars) -> list[Drawdown]:
    """Every time below a peak, in order; a peak is the last date at the running maximum."""
    found: list[Drawdown] = []
    peak = low = 0
    for index, price in enumerate(bars.prices):
        if price >= bars.prices[peak]:
            if low > peak:
                found.append(_drawdown(bars, peak, low, bars.dates[index]))
            peak = low = index
        elif low == peak or price < bars.prices[low]:
            low = index
    if low > peak:
        found.append(_drawdown(bars, peak, low, None))
    return found


def yearly(bars: Bars) -> list[dict[str, object]]:
    """Calendar-year returns: last price of the year over that of the year before; the first starts at the first bar."""
    years: list[dict[str, object]] = []
    start = 0
    for index, day in enumerate(bars.dates):
        if index + 1 < len(bars.dates) and bars.dates[index + 1].year == day.year:
            continue
        value = bars.prices[index] / bars.prices[start] - 1 if index > start else None
        years.append({"year": day.year, "from": str(bars.dates[start]), "to": str(day), "return": value})
        start = index
    return years


def measure(bars: Bars, risk_free: float) -> dict[str, object]:
    """All figures, under the names of references/output.schema.json. `risk_free` is a fraction a year."""
    returns = simple_returns(bars.prices)
    excess = excess_returns(returns, risk_free)
    falls = drawdowns(bars)
    return {
        "bars": len(bars.prices),
        "from": str(bars.dates[0]),
        "to": str(bars.dates[-1]),
        "riskFree": risk_free,
        "totalReturn": bars.prices[-1] / bars.prices[0] - 1 if returns else None,
        "cagr": cagr(bars),
        "volatility": volatility(bars.prices),
        "sharpe": sharpe(excess),
        "sortino": sortino(excess),
        "skew": skew(returns),
        "kurtosis": kurtosis(returns),
        "var95": value_at_risk(returns),
        "es95": expected_shortfall(returns),
        "bestDay": _day(bars, returns, max(returns, default=None)),
        "worstDay": _day(bars, returns, min(returns, default=None)),
        "maxDrawdown": _deepest(falls, bool(returns)),
        "longestDrawdown": _longest(falls, bars.dates[-1]),
        "yearly": yearly(bars),
    }


def _standard_powers(values: Sequence[float], power: int) -> float | None:
    """Sum of ((x - mean) / s) ^ power; None below `power` values or without spread."""
    spread = deviation(values)
    if len(values) < power or spread is None or spread < NO_SPREAD:
        return None
    centre = mean(values)
    return math.fsum(((value - centre) / spread) ** power for value in values)


def _drawdown(bars: Bars, peak: int, low: int, recovery: date | None) -> Drawdown:
    return Drawdown(bars.prices[low] / bars.prices[peak] - 1, bars.dates[peak], bars.dates[low], recovery)


def _day(bars: Bars, returns: Sequence[float], value: float | None) -> dict[str, object]:
    when = None if value is None else str(bars.dates[returns.index(value) + 1])
    return {"date": when, "return": value}


def _deepest(falls: Sequence[Drawdown], measured: bool) -> dict[str, object]:
    if not falls:
        return {"depth": 0.0 if measured else None, "peak": None, "trough": None, "recovery": None}
    fall = min(falls, key=lambda each: each.depth)
    return {"depth": fall.depth, "peak": str(fall.peak), "trough": str(fall.trough), "recovery": _text(fall.recovery)}


def _longest(falls: Sequence[Drawdown], last: date) -> dict[str, object]:
    if not falls:
        return {"days": None, "peak": None, "recovery": None}
    fall = max(falls, key=lambda each: (each.recovery or last) - each.peak)
    days = ((fall.recovery or last) - fall.peak).days
    return {"days": days, "peak": str(fall.peak), "recovery": _text(fall.recovery)}


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)
