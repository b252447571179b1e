"""The job of bench/backtest.ts in numpy and in pandas: mean of the last 10 closes over that of the last 30, decided at the close, filled at the next open.

Reads from stdin: rounds, n, n opens, n closes (doubles); answers one line of JSON with the fastest round of each.
"""

import json
import sys
import time

import numpy as np
import pandas as pd

CASH, RATE = 1e6, 0.001


def outcome(wanted, opens, closes):
    held = np.concatenate(([0], wanted[:-1].astype(np.int8)))
    change = np.diff(held, prepend=0)
    at = np.nonzero(change)[0]
    flows = np.zeros(len(opens))
    flows[at] = -change[at] * opens[at] - opens[at] * RATE
    cash = CASH + np.cumsum(flows)
    equity = cash + held * closes
    if held[-1]:
        equity[-1] = cash[-1] + closes[-1] * (1 - RATE)
    peak = np.maximum.accumulate(equity)
    drawdown = (1 - equity / peak).max()
    returns = np.diff(equity) / equity[:-1]
    trades = int((change == -1).sum() + held[-1])
    return {"trades": trades, "equity": float(equity[-1]), "drawdown": float(drawdown), "sharpe": float(returns.mean() / returns.std())}


def with_numpy(opens, closes):
    fast, slow = np.full(len(closes), np.nan), np.full(len(closes), np.nan)
    fast[9:] = np.convolve(closes, np.full(10, 0.1), "valid")
    slow[29:] = np.convolve(closes, np.full(30, 1 / 30), "valid")
    return outcome(fast > slow, opens, closes)


def with_pandas(opens, closes):
    frame = pd.DataFrame({"open": opens, "close": closes})
    wanted = frame["close"].rolling(10).mean() > frame["close"].rolling(30).mean()
    return outcome(wanted.to_numpy(), opens, closes)


def timed(job, rounds, opens, closes):
    best, found = float("inf"), None
    for _ in range(rounds):
        started = time.perf_counter()
        found = job(opens, closes)
        best = min(best, (time.perf_counter() - started) * 1000)
    return {"ms": best, **found}


data = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float64)
rounds, count = int(data[0]), int(data[1])
opens, closes = data[2 : 2 + count], data[2 + count : 2 + 2 * count]
print(json.dumps({"numpy": timed(with_numpy, rounds, opens, closes), "pandas": timed(with_pandas, rounds, opens, closes)}))
