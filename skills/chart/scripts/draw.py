"""Drawing a table as a picture. Matplotlib is imported here, so this module is loaded late."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator
from request import ChartRequest
from table import BadInputError, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, the pair that differs most first; olive for their yellow, which is too pale on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C00")
RISING, FALLING = "#0072B2", "#D55E00"
DOTS_AN_INCH = 120
TITLE_PIXELS_A_CHARACTER = 14
LABELS_MAX = 24
LABEL_CHARACTERS = 24


class _PlainLog(LogFormatter):
    """Labels the ticks that LogFormatter would, as plain numbers."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:,.4g}" if super().__call__(x, pos) else ""


def draw(request: ChartRequest, table: Table, path: Path) -> int:
    """Writes the PNG and returns how many cells were missing. Raises BadInputError before anything is written."""
    series = {name: numpy.array(table.numbers(name)) for name in request.y}
    _refuse_undrawable(request, table, series)
    rcParams["agg.path.chunksize"] = 10_000
    figure = Figure(
        figsize=(request.width / DOTS_AN_INCH, request.height / DOTS_AN_INCH), dpi=DOTS_AN_INCH, layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_title(fill(request.title, request.width // TITLE_PIXELS_A_CHARACTER), parse_math=False)
    axes.grid(which="both", axis="y", color="#d0d0d0", linewidth=0.6)
    axes.grid(axis="x", color="#d0d0d0", linewidth=0.6)
    axes.set_axisbelow(True)
    if request.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(_PlainLog())
        axes.yaxis.set_minor_formatter(_PlainLog(minor_thresholds=(1, 0.4)))
    if request.kind == "histogram":
        _histogram(axes, series)
    else:
        place = _place_x(axes, table, request.x)
        {"line": _line, "bar": _bar, "scatter": _scatter, "candlestick": _candlestick}[request.kind](axes, place, series)
        axes.set_xlabel(request.x, parse_math=False)
        _label_y(axes, request)
    if len(series) > 1 and request.kind != "candlestick":
        # Searching the best place compares with every point.
        legend = axes.legend(loc="best" if table.rows <= 20_000 else "upper left")
        for text in legend.get_texts():
            text.set_parse_math(False)
    figure.savefig(path, metadata={"Software": None})
    return sum(int(numpy.isnan(values).sum()) for values in series.values())


def _refuse_undrawable(request: ChartRequest, table: Table, series: dict[str, numpy.ndarray]) -> None:
    for name, values in series.items():
        if numpy.isnan(values).all():
            raise BadInputError(f"{table.name}: column {name} holds no numbers")
        if request.log and request.kind != "histogram" and (values <= 0).any():
            row = int(numpy.argmax(values <= 0))
            raise BadInputError(
                f"{table.where(name, row)}: {values[row]:g} cannot be drawn on a logarithmic axis, which needs values above 0"
            )
    if request.kind == "candlestick":
        _refuse_impossible_bars(table, series)


def _refuse_impossible_bars(table: Table, series: dict[str, numpy.ndarray]) -> None:
    high_name, low_name = list(series)[1:3]
    opened, high, low, closed = series.values()
    # Comparing with NaN is false, so bars with a missing price pass; they are not drawn.
    for wrong, name, what in (
        (high < low, high_name, "the high is below the low"),
        (high < numpy.maximum(opened, closed), high_name, "the high is below the open or the close"),
        (low > numpy.minimum(opened, closed), low_name, "the low is above the open or the close"),
    ):
        if wrong.any():
            raise BadInputError(f"{table.where(name, int(numpy.argmax(wrong)))}: {what}")


def _place_x(axes: Axes, table: Table, column: str | None) -> numpy.ndarray:
    """Positions along the bottom, in days for dates, in units for numbers, and counted for words; sets the labels."""
    kind, values = table.axis(str(column))
    if kind == "dates":
        locator = AutoDateLocator(minticks=4, maxticks=10)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        return numpy.array(date2num(values))
    if kind == "numbers":
        return numpy.array(values)
    _label_words(axes, values)
    return numpy.arange(len(values), dtype=float)


def _label_words(axes: Axes, words: Sequence[str]) -> None:
    step = math.ceil(len(words) / LABELS_MAX)
    shown = [_cut(word) for word in words[::step]]
    axes.set_xticks(range(0, len(words), step), shown, parse_math=False)
    if sum(map(len, shown)) > 80:
        axes.tick_params(axis="x", rotation=45)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def _label_y(axes: Axes, request: ChartRequest) -> None:
    scale = " (log scale)" if request.log else ""
    name = "price" if request.kind == "candlestick" else request.y[0] if len(request.y) == 1 else "value"
    axes.set_ylabel(f"{name}{scale}", parse_math=False)


def _line(axes: Axes, place: numpy.ndarray, series: dict[str, numpy.ndarray]) -> None:
    # A few points are marked; a value alone between gaps would not show otherwise.
    marker = "o" if len(place) <= 40 else None
    for (name, values), colour in zip(series.items(), PALETTE, strict=False):
        axes.plot(place, values, label=_cut(name), color=colour, linewidth=1.4, marker=marker, markersize=4)
    axes.margins(x=0.01)


def _bar(axes: Axes, place: numpy.ndarray, series: dict[str, numpy.ndarray]) -> None:
    width = _gap(place) * 0.8 / len(series)
    for index, ((name, values), colour) in enumerate(zip(series.items(), PALETTE, strict=False)):
        shift = (index - (len(series) - 1) / 2) * width
        axes.bar(place + shift, values, width, label=_cut(name), color=colour)
    if axes.get_yscale() == "log":
        # Bars have no zero to stand on here: the lowest reaches to half its value.
        axes.set_ylim(bottom=min(float(numpy.nanmin(values)) for values in series.values()) / 2)
    else:
        axes.axhline(0, color="black", linewidth=0.8)


def _scatter(axes: Axes, place: numpy.ndarray, series: dict[str, numpy.ndarray]) -> None:
    size, alpha = (18, 0.8) if len(place) <= 2_000 else (4, 0.4)
    for (name, values), colour in zip(series.items(), PALETTE, strict=False):
        axes.scatter(place, values, s=size, alpha=alpha, label=_cut(name), color=colour, linewidths=0)


def _histogram(axes: Axes, series: dict[str, numpy.ndarray]) -> None:
    present = {name: values[~numpy.isnan(values)] for name, values in series.items()}
    together = numpy.concatenate(list(present.values()))
    # The Freedman-Diaconis width grows without bound when most values are equal.
    count = min(len(numpy.histogram_bin_edges(together[:: max(1, len(together) // 100_000)], "auto")) - 1, 200)
    edges = numpy.linspace(together.min(), together.max(), max(count, 1) + 1) if together.min() < together.max() else 1
    for (name, values), colour in zip(present.items(), PALETTE, strict=False):
        face = to_rgba(colour, 0.85 if len(present) == 1 else 0.25)
        axes.hist(values, bins=edges, label=_cut(name), histtype="stepfilled", facecolor=face, edgecolor=colour, linewidth=1.4)
    axes.set_xlabel(next(iter(series)) if len(series) == 1 else "value", parse_math=False)
    axes.set_ylabel("rows")
    axes.margins(y=0.05 if len(present) == 1 else 0.2)
    if axes.get_yscale() == "linear":
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _candlestick(axes: Axes, place: numpy.ndarray, series: dict[str, numpy.ndarray]) -> None:
    opened, high, low, closed = series.values()
    whole = ~numpy.isnan(opened + high + low + closed)
    width = _gap(place) * 0.7
    for rows, colour, face in (
        (whole & (closed >= opened), RISING, "white"),
        (whole & (closed < opened), FALLING, FALLING),
    ):
        axes.vlines(place[rows], low[rows], high[rows], color=colour, linewidth=1, zorder=2)
        bottom = numpy.minimum(opened, closed)[rows]
        body = numpy.abs(closed - opened)[rows]
        axes.bar(place[rows], body, width, bottom, color=face, edgecolor=colour, linewidth=1, zorder=3)
    axes.margins(x=0.02)


def _gap(place: numpy.ndarray) -> float:
    """The smallest distance between two positions; 1 when there is only one."""
    steps = numpy.diff(numpy.unique(place))
    return float(steps.min()) if len(steps) else 1.0


def _cut(text: str) -> str:
    shown = text if len(text) <= LABEL_CHARACTERS else f"{text[: LABEL_CHARACTERS - 1]}…"
    # A legend leaves out labels that begin with an underscore.
    return f"\u200b{shown}" if shown.startswith("_") else shown
