"""The files that go with the figures: drawdown.png and yearly.csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from bars import Bars

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette: told apart by colour-blind readers too.
BLUE, VERMILION = "#0072B2", "#D55E00"


def write_yearly(years: Sequence[dict[str, object]], path: Path) -> None:
    """Writes year, from, to, return (a fraction; empty where not defined)."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, ["year", "from", "to", "return"], lineterminator="\n")
        table.writeheader()
        table.writerows(years)


def draw(bars: Bars, name: str, deepest: dict[str, object], path: Path) -> None:
    """Draws price (log scale) above drawdown (per cent) as a PNG of 1200 x 750 pixels."""
    # Slow to load, and not needed to refuse bad data.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter, ScalarFormatter

    figure = Figure(figsize=(10, 6.25), dpi=120)
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 2]})
    # A fixed frame: the engine that computes one draws everything twice.
    figure.subplots_adjust(left=0.085, right=0.985, top=0.925, bottom=0.085, hspace=0.06)
    figure.suptitle(f"{name}: price and drawdown, {bars.dates[0]} to {bars.dates[-1]}", fontsize=13, parse_math=False)

    above.plot(bars.dates, bars.prices, color=BLUE, linewidth=1)
    above.set_yscale("log")
    above.yaxis.set_major_formatter(ScalarFormatter())
    above.yaxis.set_minor_formatter(ScalarFormatter())
    above.set_ylabel(f"{bars.column} (log scale)", parse_math=False)

    falls = [price / peak - 1 for price, peak in zip(bars.prices, accumulate(bars.prices, max), strict=True)]
    below.fill_between(bars.dates, falls, 0, color=VERMILION, alpha=0.35, linewidth=0)
    below.plot(bars.dates, falls, color=VERMILION, linewidth=0.8)
    below.set_ylabel("drawdown from peak (%)")
    below.set_xlabel("date")
    below.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    _mark_deepest(below, bars, falls, deepest)

    for axes in (above, below):
        axes.grid(which="both", color="#cccccc", linewidth=0.6)
        axes.margins(x=0.01)
    figure.savefig(path, metadata={"Software": None})


def _mark_deepest(axes: Axes, bars: Bars, falls: Sequence[float], deepest: dict[str, object]) -> None:
    if deepest["trough"] is None:
        axes.set_ylim(-0.05, 0.005)
        return
    low = falls.index(min(falls))
    axes.set_ylim(min(falls) * 1.25, -min(falls) * 0.03)
    axes.plot([bars.dates[low]], [falls[low]], marker="o", color="black", markersize=4)
    right = low > len(falls) / 2
    axes.annotate(
        f"{falls[low]:.1%} on {bars.dates[low]}",
        (bars.dates[low], falls[low]),
        xytext=(-8 if right else 8, -4),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top",
    )
