"""Series small enough that every expected figure can be worked out on paper."""

from __future__ import annotations

import math
from datetime import date, timedelta

import measures
import pytest
from bars import Bars


def series(*prices: float, start: date = date(2021, 1, 1)) -> Bars:
    """One bar a calendar day."""
    return Bars("close", [start + timedelta(days=index) for index in range(len(prices))], list(prices))


def test_cagr_of_a_doubling_in_exactly_one_year_is_one() -> None:
    # 1461 days are four times 365.25.
    bars = Bars("close", [date(2001, 1, 1), date(2005, 1, 1)], [100.0, 1600.0])
    assert measures.cagr(bars) == pytest.approx(1.0, abs=1e-15)


def test_volatility_of_alternating_log_returns() -> None:
    # Log returns +a, -a, +a, -a: mean 0, squares 4a^2, divisor 3.
    step = math.exp(0.01)
    bars = series(1, step, 1, step, 1)
    assert measures.volatility(bars.prices) == pytest.approx(0.01 * math.sqrt(4 / 3) * math.sqrt(252), rel=1e-12)


def test_volatility_of_a_flat_price_is_a_true_zero() -> None:
    assert measures.volatility([5.0, 5.0, 5.0]) == 0


def test_sharpe_and_sortino_of_two_returns() -> None:
    # Returns +10 % and -5 %: mean 2.5 %, sample deviation 15 % / sqrt 2, downside sqrt(0.05^2 / 2).
    excess = measures.excess_returns([0.10, -0.05], 0.0)
    assert measures.sharpe(excess) == pytest.approx(0.025 / (0.15 / math.sqrt(2)) * math.sqrt(252), rel=1e-12)
    assert measures.sortino(excess) == pytest.approx(0.025 / (0.05 / math.sqrt(2)) * math.sqrt(252), rel=1e-12)


def test_the_risk_free_rate_is_compounded_over_252_bars() -> None:
    daily = -measures.excess_returns([0.0], 0.05)[0]
    assert (1 + daily) ** 252 == pytest.approx(1.05, rel=1e-12)


def test_returns_that_do_not_vary_have_no_sharpe_ratio() -> None:
    growth = [100 * 1.01**day for day in range(50)]
    excess = measures.excess_returns(measures.simple_returns(growth), 0.0)
    assert measures.sharpe(excess) is None
    assert measures.sortino(excess) is None
    assert measures.skew(excess) is None
    assert measures.kurtosis(excess) is None


def test_skew_and_kurtosis_by_hand() -> None:
    # 0, 0, 0, 4: mean 1, s = 2, standardised -1/2 three times and 3/2; sums of cubes 3, of fourth powers 21/4.
    values = [0.0, 0.0, 0.0, 4.0]
    assert measures.skew(values) == pytest.approx(4 / (3 * 2) * 3, rel=1e-12)
    assert measures.kurtosis(values) == pytest.approx(4 * 5 / (3 * 2 * 1) * 21 / 4 - 3 * 9 / 2, rel=1e-12)


def test_tail_of_twenty_returns_is_the_worst_one() -> None:
    returns = [value / 100 for value in range(-5, 15)]
    assert measures.value_at_risk(returns) == 0.05
    assert measures.expected_shortfall(returns) == 0.05


def test_tail_of_thirty_returns_takes_half_of_the_second() -> None:
    # m / 20 = 1.5: ES = (5 + 4 / 2) / 1.5 per cent; VaR is the second smallest.
    returns = [value / 100 for value in range(-5, 25)]
    assert measures.value_at_risk(returns) == 0.04
    assert measures.expected_shortfall(returns) == pytest.approx(0.07 / 1.5, rel=1e-12)


def test_nineteen_returns_have_no_tail() -> None:
    assert measures.value_at_risk([0.0] * 19) is None
    assert measures.expected_shortfall([0.0] * 19) is None


def test_drawdowns_are_dated_from_the_last_day_at_the_peak() -> None:
    # Two equal peaks, a fall of 25 %, an exact recovery, then a fall that lasts.
    found = measures.drawdowns(series(100, 100, 90, 75, 100, 110, 99))
    days = [date(2021, 1, number) for number in range(1, 8)]
    assert found == [
        measures.Drawdown(-0.25, days[1], days[3], days[4]),
        measures.Drawdown(99 / 110 - 1, days[5], days[6], None),
    ]


def test_deepest_and_longest_drawdown_may_differ() -> None:
    figures = measures.measure(series(100, 50, 100, 99, 98, 97), 0.0)
    assert figures["maxDrawdown"] == {
        "depth": -0.5,
        "peak": "2021-01-01",
        "trough": "2021-01-02",
        "recovery": "2021-01-03",
    }
    assert figures["longestDrawdown"] == {"days": 3, "peak": "2021-01-03", "recovery": None}


def test_a_price_that_never_fell() -> None:
    figures = measures.measure(series(1, 2, 3), 0.0)
    assert figures["maxDrawdown"] == {"depth": 0.0, "peak": None, "trough": None, "recovery": None}
    assert figures["longestDrawdown"] == {"days": None, "peak": None, "recovery": None}
    assert figures["sortino"] is None


def test_one_bar_defines_nothing_and_says_null() -> None:
    figures = measures.measure(series(7), 0.0)
    undefined = ["totalReturn", "cagr", "volatility", "sharpe", "sortino", "skew", "kurtosis", "var95", "es95"]
    assert [figures[name] for name in undefined] == [None] * len(undefined)
    assert figures["bestDay"] == figures["worstDay"] == {"date": None, "return": None}
    assert figures["maxDrawdown"]["depth"] is None
    assert figures["yearly"] == [{"year": 2021, "from": "2021-01-01", "to": "2021-01-01", "return": None}]


def test_growth_too_large_for_a_double_is_null() -> None:
    assert measures.cagr(series(1.0, 1e9)) is None


def test_years_start_from_the_last_close_of_the_year_before() -> None:
    days = [date(2019, 12, 30), date(2019, 12, 31), date(2020, 6, 1), date(2020, 12, 31), date(2022, 1, 3)]
    years = measures.yearly(Bars("close", days, [100.0, 110.0, 99.0, 121.0, 60.5]))
    assert years == [
        {"year": 2019, "from": "2019-12-30", "to": "2019-12-31", "return": pytest.approx(0.1)},
        {"year": 2020, "from": "2019-12-31", "to": "2020-12-31", "return": pytest.approx(0.1)},
        {"year": 2022, "from": "2020-12-31", "to": "2022-01-03", "return": -0.5},
    ]


def test_best_and_worst_day_carry_the_date_of_the_later_bar() -> None:
    figures = measures.measure(series(100, 110, 121, 60.5), 0.0)
    assert figures["worstDay"] == {"date": "2021-01-04", "return": -0.5}
    assert figures["bestDay"]["date"] == "2021-01-02"
