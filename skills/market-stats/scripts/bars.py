"""Reading daily bars from a CSV file; bad data is refused with its line and column."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PRICE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# Ratios of prices in this range, and their powers, stay finite in a double.
PRICE_MIN, PRICE_MAX = 1e-12, 1e15


class BadInputError(Exception):
    """One line that says what is wrong with the input, and where."""


@dataclass(frozen=True)
class Bars:
    """Dates in ascending order and the price at each, in the units of the file."""

    column: str
    dates: list[date]
    prices: list[float]


def find_file(name: str, folders: list[Path]) -> Path:
    """The first folder that holds `name`. Raises BadInputError when none does."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    near = sorted({entry.name for folder in folders if folder.is_dir() for entry in folder.glob("*.csv")})
    raise BadInputError(f"{name}: no such file; files handed to the run: {', '.join(near) or 'none'}")


def read_bars(path: Path, price: str) -> Bars:
    """Reads every row of `path`; columns are `date` and `price`. Raises BadInputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _parse(csv.reader(lines, strict=True), path.name, price)
    except UnicodeDecodeError as problem:
        raise BadInputError(f"{path.name}: not UTF-8 text (byte {problem.start} cannot be read)") from problem
    except csv.Error as problem:
        raise BadInputError(f"{path.name}: not readable as CSV ({problem})") from problem


def cut(bars: Bars, first: date | None, last: date | None) -> Bars:
    """The bars from `first` to `last`, both included. Raises BadInputError when none is left."""
    if first and last and first > last:
        raise BadInputError(f"from {first} is after to {last}")
    kept = [
        index
        for index, day in enumerate(bars.dates)
        if (first is None or day >= first) and (last is None or day <= last)
    ]
    if not kept:
        asked = f"{f' from {first}' if first else ''}{f' to {last}' if last else ''}"
        raise BadInputError(f"no bars{asked}; the file has {bars.dates[0]} to {bars.dates[-1]}")
    return Bars(bars.column, [bars.dates[i] for i in kept], [bars.prices[i] for i in kept])


def parse_date(text: str) -> date | None:
    """A date written YYYY-MM-DD, else None."""
    if not ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parse(rows: csv._reader, name: str, price: str) -> Bars:
    header = next(rows, None)
    if not header:
        raise BadInputError(f"{name}: the file is empty")
    date_at, price_at = _column(header, "date", name), _column(header, price, name)
    column = header[price_at].strip()
    bars = Bars(column, [], [])
    for row in rows:
        if not row:
            continue
        where = f"{name} line {rows.line_num}, column"
        day = _date(row, date_at, f"{where} {header[date_at].strip()}")
        if bars.dates and day <= bars.dates[-1]:
            what = "stands twice" if day == bars.dates[-1] else f"comes after {bars.dates[-1]}; dates must ascend"
            raise BadInputError(f"{where} {header[date_at].strip()}: {day} {what}")
        bars.dates.append(day)
        bars.prices.append(_price(row, price_at, f"{where} {column}"))
    if not bars.dates:
        raise BadInputError(f"{name}: a header but no rows")
    return bars


def _column(header: list[str], wanted: str, name: str) -> int:
    known = [_plain(field) for field in header]
    hits = [index for index, field in enumerate(known) if field == _plain(wanted)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise BadInputError(f"{name} line 1, column {wanted}: stands {len(hits)} times in the header")
    near = get_close_matches(_plain(wanted), known, n=1)
    advice = f"did you mean {header[known.index(near[0])].strip()}?" if near else f"found {', '.join(header)}"
    raise BadInputError(f"{name} line 1, column {wanted}: missing; {advice}")


def _plain(field: str) -> str:
    return re.sub(r"[\s_]", "", field).lower()


def _field(row: list[str], at: int, where: str) -> str:
    text = row[at].strip() if at < len(row) else ""
    if not text:
        raise BadInputError(f"{where}: no value")
    return text


def _date(row: list[str], at: int, where: str) -> date:
    text = _field(row, at, where)
    day = parse_date(text)
    if day is None:
        raise BadInputError(f"{where}: must be a date YYYY-MM-DD, found {text[:40]!r}")
    return day


def _price(row: list[str], at: int, where: str) -> float:
    text = _field(row, at, where)
    if not PRICE.fullmatch(text):
        raise BadInputError(f"{where}: must be a number, found {text[:40]!r}")
    price = float(text)
    if price <= 0:
        raise BadInputError(f"{where}: a price must be above 0, found {text[:40]}")
    if not math.isfinite(price) or not PRICE_MIN <= price <= PRICE_MAX:
        raise BadInputError(f"{where}: a price must lie in {PRICE_MIN:g} to {PRICE_MAX:g}, found {text[:40]}")
    return price
