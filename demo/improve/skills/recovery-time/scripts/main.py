"""recovery-time: how long a series of monthly closes needed to recover from its worst drawdown. JSON out on stdout."""

from __future__ import annotations

import csv
import json
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def read_closes(path: Path) -> list[tuple[str, float]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["month"], float(row["adj_close"])) for row in csv.DictReader(lines)]


def recovery(closes: list[tuple[str, float]]) -> dict[str, object]:
    peak = bottom = top = 0
    worst = 0.0
    for at, (_, close) in enumerate(closes):
        if close > closes[top][1]:
            top = at
        fall = close / closes[top][1] - 1
        if fall < worst:
            worst, peak, bottom = fall, top, at
    back = next((at for at in range(bottom, len(closes)) if closes[at][1] >= closes[peak][1]), None)
    return {
        "peak": closes[peak][0],
        "bottom": closes[bottom][0],
        "recovered": None if back is None else closes[back][0],
        "drawdown": round(worst, 4),
        "months": None if back is None else back - bottom,
    }


if __name__ == "__main__":
    print(json.dumps(recovery(read_closes(ASSETS / "sp500-monthly.csv"))))
