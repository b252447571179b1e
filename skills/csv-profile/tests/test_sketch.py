"""The sketch against the sorted truth."""

from __future__ import annotations

import statistics

import pytest
from sketch import Moments, Sketch, quantile


def shuffled(count: int) -> list[float]:
    """0 … count - 1 in an order without a pattern: multiples of a number prime to `count`."""
    return [float(index * 7_919 % count) for index in range(count)]


def test_below_its_size_a_sketch_is_exact() -> None:
    sketch = Sketch(1_000)
    for value in shuffled(999):
        sketch.add(value)
    assert sketch.shift == 0
    assert sorted(sketch.weighted()) == [(float(value), 1) for value in range(999)]


@pytest.mark.parametrize("values", [shuffled(100_000), [float(n) for n in range(100_000)], [float(-n) for n in range(100_000)]])
def test_every_quantile_keeps_the_promised_rank_error(values: list[float]) -> None:
    sketch = Sketch(256)
    for value in values:
        sketch.add(value)
    ordered = sorted(sketch.weighted())
    assert sum(weight for _, weight in ordered) == len(values)
    truth = sorted(values)
    # The largest weight is the step between two kept values.
    allowed = sketch.shift + max(weight for _, weight in ordered)
    assert allowed < 0.05 * len(values)
    for percent in range(1, 100):
        rank = truth.index(quantile(ordered, len(values), percent))
        assert abs(rank - percent * len(values) / 100) <= allowed


def test_memory_grows_with_the_logarithm_of_the_stream() -> None:
    sketch = Sketch(256)
    for value in shuffled(200_000):
        sketch.add(value)
    assert sum(map(len, sketch.levels)) < 256 * 12


def test_moments_of_all_values_are_those_of_the_list() -> None:
    values = [value / 7 + 1e9 for value in shuffled(10_000)]
    sketch = Sketch(256)
    for value in values:
        sketch.add(value)
    moments = sketch.all_moments()
    assert moments.count == 10_000
    assert moments.mean == pytest.approx(statistics.fmean(values), rel=1e-14)
    assert moments.std == pytest.approx(statistics.stdev(values), rel=1e-9)


def test_weights_count_as_repetitions() -> None:
    moments = Moments()
    moments.merge([(1.0, 3), (5.0, 1)])
    assert (moments.count, moments.mean, moments.std) == (4, 2.0, 2.0)


def test_one_number_has_no_deviation() -> None:
    moments = Moments()
    moments.merge([(1.0, 1)])
    assert moments.std is None


def test_quantile_is_the_value_at_rank_ceil() -> None:
    ordered = [(10.0, 1), (20.0, 2), (30.0, 1)]
    assert [quantile(ordered, 4, percent) for percent in (1, 25, 26, 75, 76, 100)] == [10, 10, 20, 20, 30, 30]
