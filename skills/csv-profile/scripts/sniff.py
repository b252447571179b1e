"""Finding out how a CSV file is written: its encoding and its delimiter."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from pathlib import Path

CHUNK = 1 << 20
SAMPLE_CHARACTERS = 64 * 1024
SAMPLE_ROWS = 100
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class BadInputError(Exception):
    """One line that says what is wrong with the input, and where."""


def find_encoding(path: Path) -> tuple[str, bool]:
    """The name of a codec that reads the whole file, and whether it is only a guess. Raises BadInputError for binary files."""
    with path.open("rb") as data:
        head = data.read(CHUNK)
    for mark, name in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name, False
    if b"\0" in head:
        raise BadInputError(f"{path.name}: not a text file (byte {head.index(0)} is zero); if it is UTF-16, say so with encoding")
    if decodes(path, "utf-8"):
        return "utf-8", False
    return ("cp1252" if decodes(path, "cp1252") else "latin-1"), True


def decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file can be read in `encoding`; a megabyte at a time."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as data:
            while chunk := data.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def find_delimiter(path: Path, encoding: str) -> str:
    """The delimiter under which most of the first rows have the same number of fields, above one; a comma when none has."""
    try:
        with path.open(encoding=encoding, newline="") as text:
            sample = text.read(SAMPLE_CHARACTERS)
    except UnicodeError as problem:
        raise BadInputError(f"{path.name}: not readable as {encoding}") from problem
    if len(sample) == SAMPLE_CHARACTERS:
        sample = sample[: sample.rfind("\n") + 1] or sample
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """How many of the first rows share the most common width, as a fraction, and that width; (0, 1) for single fields."""
    rows = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    try:
        widths = Counter(len(row) for row, _ in zip(rows, range(SAMPLE_ROWS), strict=False) if row)
    except csv.Error:
        return 0, 1
    if not widths:
        return 0, 1
    width, hits = widths.most_common(1)[0]
    return (hits / widths.total(), width) if width > 1 else (0, 1)
