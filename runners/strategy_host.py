"""Runs in a container, never on the host: a strategy in Python, asked for whole columns.

In the working directory: job.json, bars/<n> (ts, open, high, low, close, volume as little-endian doubles), strategies/ (its files).
Out: out/<task>, one line of JSON, then the columns' bytes in the order in which that line names them: flags (enterLong, …) one byte a
row, all others little-endian doubles. What goes out is only read as numbers; the host checks every one and trades them itself.

One process a task, so that no task sees what another left behind; the first that ends without an answer ends the program.
"""

import difflib
import json
import os
import random
import sys
import traceback

import numpy

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
FLAGS = ("enterLong", "exitLong", "enterShort", "exitShort")
NUMBERS = ("limit", "stop", "stopLoss", "takeProfit", "trailingStop", "weight")


class Wrong(Exception):
    """What the strategy answered cannot be used; the message says why."""


class Bars:
    """Price bars of one market, oldest first: `bars["close"]` and `bars.close` are read-only arrays of doubles, `ts` ms since the epoch."""

    def __init__(self, name, timeframe_ms, path):
        data = numpy.fromfile(path, dtype="<f8").reshape(len(COLUMNS), -1)
        data.flags.writeable = False
        self.name = name
        self.timeframe_ms = timeframe_ms
        self.columns = dict(zip(COLUMNS, data))
        # Every market of the strategy by name, this one included, for signals that look at several.
        self.markets = {name: self}

    def __len__(self):
        return len(self.columns["ts"])

    def __getitem__(self, column):
        return self.columns[column]

    def __getattr__(self, column):
        try:
            return self.__dict__["columns"][column]
        except KeyError:
            raise AttributeError("bars have no column %r; known: %s" % (column, ", ".join(COLUMNS))) from None


def main():
    with open("job.json", encoding="utf-8") as file:
        job = json.load(file)
    for number in range(len(job["tasks"])):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            try:
                run_task(job, number)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.path.exists("out/%d" % number):
            sys.exit(os.waitstatus_to_exitcode(status) or 1)


def run_task(job, number):
    task = job["tasks"][number]
    try:
        head, blocks = answers(job, task)
    except Wrong as wrong:
        head, blocks = {"kind": "failure", "why": str(wrong)}, []
    except MemoryError:
        head, blocks = {"kind": "failure", "why": "out of memory", "outcome": "oom"}, []
    except SystemExit as ended:
        head, blocks = {"kind": "failure", "why": "it ended the program (exit %s)" % ended.code}, []
    except BaseException as error:
        head, blocks = {"kind": "failure", "why": tell(error)}, []
    hidden = "out/.%d" % number
    with open(hidden, "wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        for block in blocks:
            file.write(block)
    # Whole or not at all: it may be killed at any moment.
    os.rename(hidden, "out/%d" % number)


def answers(job, task):
    # The same strategy must answer the same every time.
    random.seed(0)
    numpy.random.seed(0)
    settings = task["settings"]
    names = [instrument["name"] for instrument in settings["instruments"]]
    markets = [Bars(name, settings["timeframeMs"], "bars/%d" % number) for name, number in zip(names, task["bars"])]
    for bars in markets:
        bars.markets = dict(zip(names, markets))
    signals = load(job["module"])
    heads, blocks = [], []
    for bars in markets:
        answer = signals(bars, dict(task["parameters"]))
        head, data = encode(answer, len(bars))
        heads.append(head)
        blocks.extend(data)
    return {"kind": "columns", "markets": heads}, blocks


def load(path):
    """The function `signals` of the strategy's module; its folder is where it imports from."""
    full = os.path.abspath(os.path.join("strategies", path))
    sys.path.insert(0, os.path.dirname(full))
    space = {"__name__": "strategy", "__file__": full}
    with open(full, encoding="utf-8") as file:
        exec(compile(file.read(), full, "exec"), space)
    signals = space.get("signals")
    if not callable(signals):
        raise Wrong("strategies/%s has no function signals(bars, parameters)" % path)
    return signals


def encode(answer, rows):
    if not isinstance(answer, dict):
        raise Wrong("signals answered %s, not a dict of columns" % described(answer))
    answer = dict(answer)
    warmup = answer.pop("warmup", 0)
    if isinstance(warmup, bool) or not isinstance(warmup, (int, numpy.integer)) or warmup < 0:
        raise Wrong("warmup is %r, not a count of bars" % (warmup,))
    names, blocks = [], []
    for name, values in answer.items():
        if name not in FLAGS + NUMBERS:
            near = difflib.get_close_matches(str(name), FLAGS + NUMBERS + ("warmup",), 1)
            raise Wrong("%r is no column of signals%s" % (name, '; did you mean "%s"?' % near[0] if near else ""))
        names.append(name)
        blocks.append(column(name, values, rows))
    return {"warmup": int(warmup), "columns": names}, blocks


def column(name, values, rows):
    try:
        data = numpy.asarray(values)
    except ValueError as error:
        raise Wrong("%s is no column: %s" % (name, error)) from None
    if data.dtype.kind not in "biuf":
        raise Wrong("%s is %s of %s, not numbers" % (name, described(values), data.dtype))
    if data.shape != (rows,):
        raise Wrong("%s has the shape %s; there are %d bars" % (name, data.shape, rows))
    if name not in FLAGS:
        if data.dtype.kind == "b":
            raise Wrong("%s holds flags, not numbers" % name)
        return numpy.ascontiguousarray(data, dtype="<f8").tobytes()
    odd = numpy.flatnonzero((data != 0) & (data != 1))
    if len(odd) > 0:
        raise Wrong("%s is %s in row %d; true and false (1 and 0) are allowed" % (name, data[odd[0]], odd[0]))
    return numpy.ascontiguousarray(data, dtype="u1").tobytes()


def described(value):
    return "a value of type %s" % type(value).__name__


def tell(error):
    """The place in the strategy's files, and what was raised."""
    place = ""
    if isinstance(error, SyntaxError) and error.filename and "/strategies/" in error.filename:
        place = "%s:%s: " % (error.filename[error.filename.index("strategies/") :], error.lineno)
    for frame in traceback.extract_tb(error.__traceback__):
        if "/strategies/" in frame.filename:
            place = "%s:%s: " % (frame.filename[frame.filename.index("strategies/") :], frame.lineno)
    return "%s%s: %s" % (place, type(error).__name__, error)


main()
