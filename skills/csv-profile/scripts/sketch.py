"""Quantiles and moments of a stream of numbers in bounded memory, without chance: the same stream gives the same answer."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Moments:
    """Count, mean and sum of squared deviations; batches are merged by the formula of Chan, Golub and LeVeque (1979)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def merge(self, values: Iterable[tuple[float, int]]) -> None:
        """Adds (value, weight) pairs."""
        batch = list(values)
        count = sum(weight for _, weight in batch)
        if count == 0:
            return
        mean = math.fsum(value * weight for value, weight in batch) / count
        squares = math.fsum(weight * (value - mean) ** 2 for value, weight in batch)
        total, gap = self.count + count, mean - self.mean
        self.squares += squares + gap * gap * self.count * count / total
        self.mean += gap * count / total
        self.count = total

    @property
    def std(self) -> float | None:
        """Sample standard deviation, divisor n - 1; None below 2 values."""
        return None if self.count < 2 else math.sqrt(self.squares / (self.count - 1))


class Sketch:
    """Keeps a sorted sample of a stream.

    A full buffer of `size` values is sorted and every other one moves to the next level, where it counts twice as much
    (Munro and Paterson 1980). Each such step shifts a rank by at most the weight of its level; `shift` adds these up.
    """

    def __init__(self, size: int) -> None:
        """`size` is even: the number of values in one level."""
        self.size = size
        self.levels = [array("d")]
        self.shift = 0
        self._starts = [0]
        self.moments = Moments()

    def add(self, value: float) -> None:
        """Takes one finite number."""
        first = self.levels[0]
        first.append(value)
        if len(first) == self.size:
            self.moments.merge((each, 1) for each in first)
            self._halve(0)

    def weighted(self) -> list[tuple[float, int]]:
        """The sample as (value, weight), not sorted; the weights sum to the number of values taken."""
        return [(value, 1 << depth) for depth, level in enumerate(self.levels) for value in level]

    def all_moments(self) -> Moments:
        """Moments of every value taken."""
        total = Moments(self.moments.count, self.moments.mean, self.moments.squares)
        total.merge((value, 1) for value in self.levels[0])
        return total

    def _halve(self, depth: int) -> None:
        if depth + 1 == len(self.levels):
            self.levels.append(array("d"))
            self._starts.append(0)
        ordered = sorted(self.levels[depth])
        self.levels[depth + 1].extend(ordered[self._starts[depth] :: 2])
        # Odd and even places by turns, so that the shifts of successive steps tend to cancel.
        self._starts[depth] ^= 1
        self.levels[depth] = array("d")
        self.shift += 1 << depth
        if len(self.levels[depth + 1]) >= self.size:
            self._halve(depth + 1)


def quantile(ordered: list[tuple[float, int]], total: int, percent: int) -> float:
    """The value at rank ceil(percent / 100 * total) of sorted (value, weight) pairs whose weights sum to `total`."""
    rank = -(-percent * total // 100)
    passed = 0
    for value, weight in ordered:
        passed += weight
        if passed >= rank:
            return value
    return ordered[-1][0]
