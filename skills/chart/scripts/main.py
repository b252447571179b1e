"""chart: a PNG from columns of a CSV file. JSON in on stdin, JSON out on stdout."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from request import read_request
from table import BadInputError, find_file, read_columns, read_header

SKILL = Path(__file__).resolve().parent.parent
ARTIFACT = "chart.png"


def run(given: dict[str, object], out: Path) -> dict[str, object]:
    """Draws what `given` asks for (references/input.schema.json) into `out`. Raises BadInputError."""
    file = str(given.get("file", "assets/sp500-2020-q1.csv"))
    path = find_file(file, [SKILL.parent / "files", SKILL, SKILL.parent])
    request = read_request(given, read_header(path), path.name)
    table = read_columns(path, request.columns)
    # Loads matplotlib, which takes longer than all the rest.
    from draw import draw

    out.mkdir(parents=True, exist_ok=True)
    missing = draw(request, table, out / ARTIFACT)
    return {"artifact": ARTIFACT, "rows": table.rows, "columns": request.columns, "missing": missing}


def _given(text: str) -> dict[str, object]:
    try:
        value = json.loads(text) if text.strip() else {}
    except ValueError as problem:
        raise BadInputError(f"the input is not JSON ({problem})") from problem
    if not isinstance(value, dict):
        raise BadInputError("the input must be a JSON object")
    return value


def main() -> int:
    """Exit code 0, or 2 with one line on stderr when the input or the data is bad."""
    try:
        result = run(_given(sys.stdin.read()), Path(os.environ.get("AGENTCTL_OUT", "/work/out")))
    except BadInputError as problem:
        print(f"chart: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(result, allow_nan=False, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
