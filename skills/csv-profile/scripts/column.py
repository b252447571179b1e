"""What one column holds: a running count in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from hashlib import blake2b

from sketch import Sketch, quantile

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
MISSING_LENGTH = max(map(len, MISSING))
SHOWN_CHARACTERS = 64
QUANTILES = {"p05": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95}
KINDS = ("integer", "number", "boolean", "date", "datetime", "text")

# More digits than this are an identifier, and more than a double can hold.
SHAPE = re.compile(
    r"(?P<integer>[+-]?(?:0|[1-9]\d{0,17}))"
    r"|(?P<number>[+-]?(?:(?:0|[1-9]\d{0,17})\.\d*|\.\d+|(?:0|[1-9]\d{0,17})(?=[eE]))(?:[eE][+-]?\d{1,2})?)"
    r"|(?P<boolean>true|false|yes|no)"
    r"|(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?P<datetime>\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*)",
    re.ASCII | re.IGNORECASE,
)


def kind_of(text: str) -> str:
    """How a value that is not missing reads: one of KINDS."""
    match = SHAPE.fullmatch(text)
    kind = match.lastgroup if match else "text"
    if kind not in ("date", "datetime"):
        return kind
    try:
        (date if kind == "date" else datetime).fromisoformat(text)
    except ValueError:
        return "text"
    return kind


class Column:
    """Counts values as they come.

    The first `values_max` different ones are counted exactly, by their text; what comes after is counted by kind, and its
    numbers go through a sketch of `sketch_size`.
    """

    def __init__(self, name: str, values_max: int, sketch_size: int) -> None:
        """Starts empty."""
        self.name = name
        self.missing = 0
        self.values: dict[str, int] = {}
        self.values_max = values_max
        self.exact = True
        self.sketch = Sketch(sketch_size)
        self.extremes: list[float] = []
        self.other_kinds: Counter[str] = Counter()
        self.other_dates: list[str] = []

    def add(self, cell: str) -> None:
        """Takes the text of one cell."""
        text = cell.strip()
        if len(text) <= MISSING_LENGTH and text.lower() in MISSING:
            self.missing += 1
            return
        key = text if len(text) <= SHOWN_CHARACTERS else shortened(text)
        seen = self.values.get(key)
        if seen is not None:
            self.values[key] = seen + 1
        elif len(self.values) < self.values_max:
            self.values[key] = 1
        else:
            self.exact = False
            self._add_other(text)

    def report(self, top: int) -> dict[str, object]:
        """The column under the names of references/output.schema.json."""
        kinds = Counter(self.other_kinds)
        numbers: list[tuple[float, int]] = []
        dates = list(self.other_dates)
        for text, count in self.values.items():
            kind = kind_of(text)
            kinds[kind] += count
            if kind in ("integer", "number"):
                numbers.append((float(text), count))
            elif kind in ("date", "datetime"):
                dates.append(text)
        kind = narrowest(kinds)
        return {
            "name": self.name,
            "type": kind,
            "kinds": {name: kinds[name] for name in KINDS if kinds[name]},
            "missing": self.missing,
            "distinct": {"count": len(self.values) if self.exact else self.values_max + 1, "exact": self.exact},
            "numbers": self._numbers(numbers),
            "dates": {"min": min(dates), "max": max(dates)} if kind in ("date", "datetime") else None,
            "top": [{"value": value, "count": count} for value, count in Counter(self.values).most_common(top)],
        }

    def _add_other(self, text: str) -> None:
        kind = kind_of(text)
        self.other_kinds[kind] += 1
        if kind in ("integer", "number"):
            value = float(text)
            self.sketch.add(value)
            self.extremes = [min([value, *self.extremes]), max([value, *self.extremes])]
        elif kind in ("date", "datetime"):
            self.other_dates = [min([text, *self.other_dates]), max([text, *self.other_dates])]

    def _numbers(self, known: list[tuple[float, int]]) -> dict[str, object] | None:
        moments = self.sketch.all_moments()
        moments.merge(known)
        if moments.count == 0:
            return None
        ordered = sorted([*known, *self.sketch.weighted()])
        ends = [*self.extremes, ordered[0][0], ordered[-1][0]]
        return {
            "count": moments.count,
            "min": min(ends),
            "max": max(ends),
            "mean": moments.mean,
            "std": moments.std,
            "quantiles": {name: quantile(ordered, moments.count, percent) for name, percent in QUANTILES.items()},
            "rankError": self.sketch.shift / moments.count,
        }


def narrowest(kinds: Counter[str]) -> str:
    """The narrowest type that fits every value."""
    present = {kind for kind in KINDS if kinds[kind]}
    if not present:
        return "empty"
    if len(present) == 1:
        return present.pop()
    if present == {"integer", "number"}:
        return "number"
    return "datetime" if present == {"date", "datetime"} else "text"


def shortened(text: str) -> str:
    """The start of a long text and a digest of all of it."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{text[: SHOWN_CHARACTERS - 15]}… #{digest}"
