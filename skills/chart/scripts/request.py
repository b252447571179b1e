"""What a chart is asked to be: the input with its defaults, checked against the header of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from table import BadInputError, match_column

KINDS = ("line", "bar", "scatter", "histogram", "candlestick")
OPEN_HIGH_LOW_CLOSE = ("open", "high", "low", "close")
PIXELS_MIN, PIXELS_MAX = 300, 4_000
SERIES_MAX = 8


@dataclass(frozen=True)
class ChartRequest:
    """Columns by the names of the header; `x` is None for a histogram. Sizes in pixels."""

    kind: str
    x: str | None
    y: tuple[str, ...]
    title: str
    width: int
    height: int
    log: bool

    @property
    def columns(self) -> list[str]:
        """The columns to read: x first where it is used, then y."""
        return [*([self.x] if self.x is not None else []), *self.y]


def read_request(given: dict[str, object], header: Sequence[str], file: str) -> ChartRequest:
    """Fills in defaults. Raises BadInputError naming what does not fit."""
    kind = given.get("kind", "candlestick")
    if kind not in KINDS:
        raise BadInputError(f"kind must be one of {', '.join(KINDS)}, found {kind!r}")
    x = None if kind == "histogram" else match_column(str(given.get("x", header[0])), header, file)
    y = tuple(match_column(name, header, file) for name in _names(given, kind, header))
    drawn = ", ".join(y) if kind != "candlestick" else "open, high, low, close"
    title = given.get("title", f"{file}: {drawn}" if kind == "histogram" else f"{file}: {drawn} by {x}")
    return ChartRequest(
        kind, x, y, str(title), _pixels(given, "width", 1200), _pixels(given, "height", 700), given.get("log") is True
    )


def _names(given: dict[str, object], kind: str, header: Sequence[str]) -> Sequence[str]:
    names = given.get("y", OPEN_HIGH_LOW_CLOSE if kind == "candlestick" else None)
    if names is None:
        raise BadInputError(f"y is needed for kind {kind}: one or more columns of {', '.join(header)}")
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        raise BadInputError("y must be a list of column names")
    if len(names) > SERIES_MAX:
        raise BadInputError(f"y names {len(names)} columns; at most {SERIES_MAX} can be told apart")
    if kind == "candlestick" and len(names) != len(OPEN_HIGH_LOW_CLOSE):
        raise BadInputError(f"a candlestick needs 4 columns in y: open, high, low, close; found {len(names)}")
    return names


def _pixels(given: dict[str, object], key: str, default: int) -> int:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not PIXELS_MIN <= value <= PIXELS_MAX:
        raise BadInputError(f"{key} must be {PIXELS_MIN} to {PIXELS_MAX} pixels, found {value!r}")
    return value
