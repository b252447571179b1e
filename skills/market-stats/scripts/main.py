"""market-stats: return and risk figures of a CSV of daily bars. JSON in on stdin, JSON out on stdout."""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path

from artifacts import draw, write_yearly
from bars import BadInputError, cut, find_file, parse_date, read_bars
from measures import measure

SKILL = Path(__file__).resolve().parent.parent


def run(request: dict[str, object], out: Path) -> dict[str, object]:
    """Measures what `request` asks for (see references/input.schema.json); artifacts go to `out`. Raises BadInputError."""
    file = str(request.get("file", "assets/sp500-daily.csv"))
    # Given files lie beside the skill: /work/files and /work/skill.
    path = find_file(file, [SKILL.parent / "files", SKILL, SKILL.parent])
    bars = cut(read_bars(path, str(request.get("price", "close"))), _date(request, "from"), _date(request, "to"))
    figures = measure(bars, _risk_free(request))
    out.mkdir(parents=True, exist_ok=True)
    draw(bars, path.name, figures["maxDrawdown"], out / "drawdown.png")
    write_yearly(figures["yearly"], out / "yearly.csv")
    return {"file": file, "price": bars.column, **figures, "artifacts": ["drawdown.png", "yearly.csv"]}


def _date(request: dict[str, object], key: str) -> date | None:
    if request.get(key) is None:
        return None
    day = parse_date(str(request[key]))
    if day is None:
        raise BadInputError(f"{key} must be a date YYYY-MM-DD, found {request[key]!r}")
    return day


def _risk_free(request: dict[str, object]) -> float:
    rate = request.get("riskFree", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not -1 < rate <= 10:
        raise BadInputError(f"riskFree must be a fraction a year above -1 and at most 10, found {rate!r}")
    return float(rate)


def _request(text: str) -> dict[str, object]:
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
        result = run(_request(sys.stdin.read()), Path(os.environ.get("AGENTCTL_OUT", "/work/out")))
    except BadInputError as problem:
        print(f"market-stats: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(result, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
