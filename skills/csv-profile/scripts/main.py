"""csv-profile: what is in a CSV file. JSON in on stdin, JSON out on stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from profile_csv import profile, warnings
from sniff import DELIMITERS, BadInputError, find_delimiter, find_encoding

SKILL = Path(__file__).resolve().parent.parent
ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1")


def run(request: dict[str, object]) -> dict[str, object]:
    """Profiles the file that `request` names (references/input.schema.json). Raises BadInputError."""
    file = str(request.get("file", "assets/example.csv"))
    path = find_file(file, [SKILL.parent / "files", SKILL, SKILL.parent])
    top = request.get("top", 5)
    if isinstance(top, bool) or not isinstance(top, int) or not 0 <= top <= 50:
        raise BadInputError(f"top must be a whole number from 0 to 50, found {top!r}")
    encoding, guessed = _encoding(request, path)
    delimiter = str(_one_of(request, "delimiter", DELIMITERS) or find_delimiter(path, encoding))
    found = profile(path, encoding, delimiter, request.get("header", True) is not False)
    columns = [column.report(top) for column in found.columns]
    return {
        "file": file,
        "bytes": path.stat().st_size,
        "encoding": encoding,
        "encodingGuessed": guessed,
        "delimiter": delimiter,
        "rows": found.rows,
        "columns": columns,
        "duplicateRows": {"count": found.duplicates, "exact": found.all_rows_kept},
        "ragged": {"short": found.short, "long": found.long, "firstLine": found.first_ragged},
        "warnings": warnings(found),
    }


def find_file(name: str, folders: list[Path]) -> Path:
    """The first folder that holds `name`. Raises BadInputError when none does."""
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    near = sorted(entry.name for entry in folders[0].glob("*")) if folders[0].is_dir() else []
    raise BadInputError(f"{name}: no such file; files handed to the run: {', '.join(near) or 'none'}")


def _encoding(request: dict[str, object], path: Path) -> tuple[str, bool]:
    asked = _one_of(request, "encoding", ENCODINGS)
    if asked is None:
        return find_encoding(path)
    # A byte order mark is no part of the first name.
    return ("utf-8-sig" if asked == "utf-8" else asked), False


def _one_of(request: dict[str, object], key: str, known: tuple[str, ...]) -> str | None:
    value = request.get(key)
    if value is not None and value not in known:
        raise BadInputError(f"{key} must be one of {', '.join(map(repr, known))}, found {value!r}")
    return value


def _request(text: str) -> dict[str, object]:
    try:
        value = json.loads(text) if text.strip() else {}
    except ValueError as problem:
        raise BadInputError(f"the input is not JSON ({problem})") from problem
    if not isinstance(value, dict):
        raise BadInputError("the input must be a JSON object")
    return value


def main() -> int:
    """Exit code 0, or 2 with one line on stderr when the input or the file is bad."""
    try:
        result = run(_request(sys.stdin.read()))
    except BadInputError as problem:
        print(f"csv-profile: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(result, allow_nan=False, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
