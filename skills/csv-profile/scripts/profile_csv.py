"""One pass over a CSV file: its columns, duplicate rows and ragged lines."""

from __future__ import annotations

import csv
from collections import Counter
from hashlib import blake2b
from pathlib import Path

from column import Column
from sniff import BadInputError

COLUMNS_MAX = 2_000
FIELD_CHARACTERS_MAX = 1 << 20
ROWS_KEPT = 300_000
# Shared by all columns, so that a wide file needs no more memory than a narrow one.
VALUES_KEPT, VALUES_A_COLUMN = 200_000, 10_000
SKETCHES_KEPT, SKETCH_A_COLUMN = 400_000, 4_096


class Profile:
    """Counts over the rows of one file; `columns` may be read at any time."""

    def __init__(self, names: list[str]) -> None:
        """`names` are the columns, in order."""
        values = min(VALUES_A_COLUMN, VALUES_KEPT // len(names))
        size = min(SKETCH_A_COLUMN, SKETCHES_KEPT // len(names) // 2 * 2)
        self.columns = [Column(name, values, size) for name in names]
        self.rows = self.short = self.long = self.duplicates = 0
        self.first_ragged: int | None = None
        self.all_rows_kept = True
        self._digests: set[bytes] = set()

    def add(self, row: list[str], line: int) -> None:
        """Takes one row; `line` is where it ends in the file, from 1."""
        self.rows += 1
        width = len(self.columns)
        if len(row) != width:
            self.short += len(row) < width
            self.long += len(row) > width
            self.first_ragged = self.first_ragged or line
            row = [*row[:width], *[""] * (width - len(row))]
        for column, cell in zip(self.columns, row, strict=True):
            column.add(cell)
        self._count_duplicate(row)

    def _count_duplicate(self, row: list[str]) -> None:
        digest = blake2b("\0".join(row).encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if digest in self._digests:
            self.duplicates += 1
        elif len(self._digests) < ROWS_KEPT:
            self._digests.add(digest)
        else:
            self.all_rows_kept = False


def profile(path: Path, encoding: str, delimiter: str, header: bool) -> Profile:
    """Reads the whole file. Raises BadInputError with the line at which it cannot go on."""
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    with path.open(encoding=encoding, newline="") as text:
        rows = csv.reader(text, delimiter=delimiter)
        try:
            return _profile(rows, path.name, header)
        except csv.Error as problem:
            raise BadInputError(f"{path.name} line {rows.line_num}: not readable as CSV ({problem})") from problem
        except UnicodeError as problem:
            raise BadInputError(f"{path.name}: not readable as {encoding} after line {rows.line_num}") from problem


def _profile(rows: csv._reader, name: str, header: bool) -> Profile:
    first = next((row for row in rows if row), None)
    if first is None:
        raise BadInputError(f"{name}: the file is empty")
    if len(first) > COLUMNS_MAX:
        raise BadInputError(f"{name}: {len(first)} columns; at most {COLUMNS_MAX} are profiled")
    names = [cell.strip() for cell in first] if header else [f"column{index}" for index in range(1, len(first) + 1)]
    found = Profile(names)
    if not header:
        found.add(first, rows.line_num)
    for row in rows:
        if row:
            found.add(row, rows.line_num)
    return found


def warnings(found: Profile) -> list[str]:
    """What a reader should know before trusting the file."""
    names = Counter(column.name for column in found.columns)
    said = [f"columns named {name!r}: {count}" for name, count in names.items() if count > 1 and name]
    if names[""]:
        said.append(f"columns without a name: {names['']}")
    if found.rows == 0:
        said.append("a header but no rows")
    if found.short or found.long:
        wide = found.short + found.long
        said.append(f"rows that differ from the header in width: {wide}, the first at line {found.first_ragged}")
    if found.duplicates:
        said.append(f"rows that repeat an earlier one: {found.duplicates}")
    return said
