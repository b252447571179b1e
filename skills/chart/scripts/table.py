"""Reading the columns of a CSV file that a chart needs; bad cells are refused with line and column."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

ROWS_MAX = 1_000_000
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?", re.ASCII)


class BadInputError(Exception):
    """One line that says what is wrong with the input, and where."""


@dataclass(frozen=True)
class Table:
    """Cells as text, by column name, and the line of the file each row ends at."""

    name: str
    cells: dict[str, list[str]]
    lines: array[int]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.lines)

    def numbers(self, column: str) -> list[float]:
        """The column as numbers, NaN where a value is missing. Raises BadInputError at the first cell that is neither."""
        return [self._number(column, row, text) for row, text in enumerate(self.cells[column])]

    def axis(self, column: str) -> tuple[str, list[float] | list[datetime] | list[str]]:
        """The column as ("dates", …), ("numbers", …) or ("words", …): the first of these that fits every cell."""
        cells = self.cells[column]
        if all(map(DATE.fullmatch, cells)):
            dates = _dates(cells)
            if dates is not None:
                return "dates", dates
        if all(map(_is_number, cells)):
            return "numbers", [float(text) for text in cells]
        return "words", cells

    def where(self, column: str, row: int) -> str:
        """How a message names a cell."""
        return f"{self.name} line {self.lines[row]}, column {column}"

    def _number(self, column: str, row: int, text: str) -> float:
        if text.lower() in MISSING:
            return math.nan
        if not _is_number(text):
            raise BadInputError(f"{self.where(column, row)}: must be a number, found {text[:40]!r}")
        return float(text)


def find_file(name: str, folders: list[Path]) -> Path:
    """The first folder that holds `name`. Raises BadInputError when none does."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    near = sorted(entry.name for entry in folders[0].glob("*")) if folders[0].is_dir() else []
    raise BadInputError(f"{name}: no such file; files handed to the run: {', '.join(near) or 'none'}")


def read_header(path: Path) -> list[str]:
    """The names of the columns. Raises BadInputError."""
    with _reading(path) as (header, _):
        return header


def read_columns(path: Path, columns: Sequence[str]) -> Table:
    """Reads `columns`, whose names are in the header. Raises BadInputError."""
    with _reading(path) as (header, rows):
        places = [(name, header.index(name)) for name in dict.fromkeys(columns)]
        table = Table(path.name, {name: [] for name, _ in places}, array("q"))
        for row in rows:
            if not row:
                continue
            if table.rows == ROWS_MAX:
                raise BadInputError(f"{path.name}: more than {ROWS_MAX:,} rows; sum up before charting")
            table.lines.append(rows.line_num)
            for name, place in places:
                table.cells[name].append(row[place].strip() if place < len(row) else "")
    if table.rows == 0:
        raise BadInputError(f"{path.name}: a header but no rows")
    return table


def match_column(wanted: str, header: Sequence[str], name: str) -> str:
    """The header's name for `wanted`, exact or else without regard to case. Raises BadInputError with the nearest name."""
    same = [column for column in header if column == wanted] or [
        column for column in header if column.lower() == wanted.lower()
    ]
    if len(same) == 1:
        return same[0]
    if same:
        raise BadInputError(f"{name}: {len(same)} columns are named {wanted}")
    lowered = [column.lower() for column in header]
    near = get_close_matches(wanted.lower(), lowered, n=1)
    advice = f"did you mean {header[lowered.index(near[0])]}?" if near else f"the file has {', '.join(header)}"
    raise BadInputError(f"{name}: no column {wanted}; {advice}")


@contextmanager
def _reading(path: Path) -> Iterator[tuple[list[str], csv._reader]]:
    """The header of a CSV file and the reader of what follows; trouble with the text becomes a BadInputError."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text)
        try:
            header = next((row for row in rows if row), None)
            if header is None:
                raise BadInputError(f"{path.name}: the file is empty")
            yield [name.strip() for name in header], rows
        except UnicodeError as problem:
            raise BadInputError(f"{path.name}: not UTF-8 text after line {rows.line_num}") from problem
        except csv.Error as problem:
            raise BadInputError(f"{path.name} line {rows.line_num}: not readable as CSV ({problem})") from problem


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def _dates(cells: Sequence[str]) -> list[datetime] | None:
    try:
        dates = [datetime.fromisoformat(text) for text in cells]
    except ValueError:
        return None
    # Times with and without a zone cannot share an axis.
    return dates if len({date.tzinfo is None for date in dates}) == 1 else None
