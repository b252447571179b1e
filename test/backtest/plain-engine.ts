import type { Intent } from "../../src/backtest/backtest.ts";
import type { OrderAsk } from "../../src/strategy/bar-strategy.ts";
import type { Bars } from "../../src/strategy/bars.ts";

/**
 * fill-model.md once more, for one market, in plain code: no pools, no columns, money in doubles. Asked the same, it must come to the same as the engine.
 * It knows no grid of units, no sizing but units, no lag, no drawdown, no borrowing.
 */
export interface PlainCosts {
  cash: number;
  taker: number;
  maker: number;
  spread: number;
  slippage: number;
  leverage: number;
}

interface PlainOrder extends OrderAsk {
  id: number;
  side: 1 | -1;
  kind: "market" | "limit" | "stop" | "stop-limit" | "trailing";
  from: number;
  all?: boolean;
  group?: number;
  best?: number | undefined;
  /** Born in this bar on this way. */
  born?: { bar: number; way: "down" | "up" | "late" };
  gone?: boolean;
}

export interface PlainTrade {
  units: number;
  entryPrice: number;
  exitPrice: number;
  profit: number;
}

export function plainEngine(bars: Bars, intents: readonly Intent[], costs: PlainCosts): { trades: PlainTrade[]; equity: number[] } {
  let cash = costs.cash;
  let ids = 0;
  let groups = 0;
  let orders: PlainOrder[] = [];
  let lots: { side: 1 | -1; units: number; price: number; fee: number }[] = [];
  const trades: PlainTrade[] = [];
  const equity: number[] = [];
  const position = (): number => lots.reduce((sum, lot) => sum + lot.side * lot.units, 0);
  const bar = (t: number) => ({ open: bars.open[t] as number, high: bars.high[t] as number, low: bars.low[t] as number, close: bars.close[t] as number });

  const waits = (order: PlainOrder): boolean => order.kind === "limit";
  const priceOf = (order: PlainOrder): number => {
    if (order.kind === "limit") return order.limit as number;
    if (order.kind === "trailing") return (order.best as number) + order.side * (order.trail as number);
    return order.stop as number;
  };
  const wayOf = (order: PlainOrder): "down" | "up" => ((order.side === 1) === waits(order) ? "down" : "up");

  function close(units: number, price: number, feeEach: number): void {
    let left = units;
    while (left > 1e-12) {
      const lot = lots[0]!;
      const part = Math.min(left, lot.units);
      const fee = (lot.fee * part) / lot.units + part * feeEach;
      trades.push({ units: part, entryPrice: lot.price, exitPrice: price, profit: lot.side * part * (price - lot.price) - fee });
      cash += lot.side * part * price - part * feeEach;
      lot.fee -= (lot.fee * part) / lot.units;
      lot.units -= part;
      left -= part;
      if (lot.units <= 1e-12) lots = lots.slice(1);
    }
  }

  function fill(order: PlainOrder, t: number, base: number, taker: boolean, way: "open" | "down" | "up" | "late"): void {
    order.gone = true;
    const held = position();
    const against = held * order.side < 0;
    let units = order.all === true ? Math.abs(held) : (order.units ?? 1);
    if (order.reduceOnly === true) {
      if (!against) return;
      units = Math.min(units, Math.abs(held));
    }
    let price = taker ? base * (1 + order.side * (costs.spread / 2 + costs.slippage)) : base;
    if (taker && order.limit !== undefined) price = order.side * Math.min(order.side * price, order.side * order.limit);
    const feeEach = price * (taker ? costs.taker : costs.maker);
    const closing = against ? Math.min(units, Math.abs(held)) : 0;
    const opening = units - closing;
    if (opening > 1e-12) {
      const after = held + order.side * units;
      const worth = cash - order.side * units * price - units * feeEach + after * price;
      if (Math.abs(after) * price > costs.leverage * worth + 1e-8) return;
    }
    if (closing > 0) close(closing, price, feeEach);
    if (closing > 0 && (lots.length === 0 || opening > 1e-12)) for (const other of orders) if (other.group !== undefined) other.gone = true;
    if (order.group !== undefined) for (const other of orders) if (other.group === order.group) other.gone = true;
    if (opening <= 1e-12) return;
    cash -= order.side * opening * price + opening * feeEach;
    lots.push({ side: order.side, units: opening, price, fee: opening * feeEach });
    bracket(order, t, price, opening, way);
    if (way !== "open") newExits(t, base, way === "late" ? wayOf(order) : way);
  }

  function bracket(entry: PlainOrder, t: number, price: number, units: number, way: "open" | "down" | "up" | "late"): void {
    groups += 1;
    const exit = { side: (entry.side * -1) as 1 | -1, units, reduceOnly: true, from: t, group: groups, ...(way !== "open" && { born: { bar: t, way } }) };
    if (entry.stopLoss !== undefined) orders.push({ ...exit, id: ++ids, kind: "stop", stop: entry.stopLoss });
    if (entry.trailingStop !== undefined) orders.push({ ...exit, id: ++ids, kind: "trailing", trail: entry.trailingStop, best: price });
    if (entry.takeProfit !== undefined) orders.push({ ...exit, id: ++ids, kind: "limit", limit: entry.takeProfit });
  }

  /** F15, F17, F18 and exits on the losing side already. */
  function newExits(t: number, level: number, way: "down" | "up"): void {
    const { open, high, low } = bar(t);
    for (const exit of orders) {
      if (exit.gone === true || exit.group !== groups) continue;
      const price = priceOf(exit);
      const passed = wayOf(exit) === "up" ? level > price : level < price;
      if (passed) fill(exit, t, level, true, way);
      else if (!waits(exit) && wayOf(exit) !== way && (wayOf(exit) === "down" ? open > price && low <= price : open < price && high >= price)) {
        fill(exit, t, price, true, wayOf(exit));
      }
    }
  }

  function atOpen(t: number, smallerOnly: boolean): void {
    const { open } = bar(t);
    for (let at = 0; at < orders.length; at++) {
      const order = orders[at]!;
      const held = position();
      const smaller = held * order.side < 0 && (order.reduceOnly === true || (order.units ?? Number.NaN) <= Math.abs(held));
      if (order.gone === true || order.from > t || (smallerOnly && !smaller)) continue;
      if (order.kind === "market") {
        fill(order, t, open, true, "open");
        continue;
      }
      if (order.kind === "trailing") order.best ??= open;
      const price = priceOf(order);
      const passed = wayOf(order) === "up" ? open >= price : open <= price;
      if (passed && order.kind === "stop-limit") {
        order.kind = "limit";
        if (order.side * ((order.limit as number) - open) >= 0) fill(order, t, open, true, "open");
      } else if (passed) fill(order, t, open, waits(order) ? order.from === t : true, "open");
      if (order.kind === "trailing") order.best = order.side === -1 ? Math.max(order.best as number, open) : Math.min(order.best as number, open);
    }
  }

  const reached = (order: PlainOrder, t: number, way: "down" | "up"): boolean => {
    if (order.gone === true || order.kind === "market" || order.from > t || wayOf(order) !== way) return false;
    if (order.born?.bar === t && order.born.way !== way) return false;
    const through = way === "down" ? priceOf(order) - bar(t).low : bar(t).high - priceOf(order);
    return waits(order) ? through > 0 : through >= 0;
  };

  function go(t: number, way: "down" | "up"): void {
    for (;;) {
      const touched = orders.filter((order) => reached(order, t, way)).toSorted((a, b) => (way === "down" ? priceOf(b) - priceOf(a) : priceOf(a) - priceOf(b)));
      const [order] = touched;
      if (order === undefined) return;
      const price = priceOf(order);
      if (order.kind === "stop-limit") {
        order.kind = "limit";
        order.born = { bar: t, way };
        if (order.side * ((order.limit as number) - price) >= 0) fill(order, t, price, true, way);
      } else fill(order, t, price, !waits(order), way);
    }
  }

  function atClose(t: number): void {
    const { high, low, close: last } = bar(t);
    for (let at = 0; at < orders.length; at++) {
      const order = orders[at]!;
      if (order.gone === true || order.kind === "market" || order.from > t) continue;
      const doubtful = order.born?.bar === t && order.born.way !== wayOf(order);
      if (order.kind === "trailing") {
        const fresh = order.born?.bar === t && (order.born.way === wayOf(order) || order.born.way === "late");
        const best = fresh ? last : order.side === -1 ? high : low;
        order.best = order.side === -1 ? Math.max(order.best as number, best) : Math.min(order.best as number, best);
      } else if (!doubtful) continue;
      const price = priceOf(order);
      const beyond = wayOf(order) === "up" ? last - price : price - last;
      if (waits(order) ? beyond > 0 : beyond >= 0) fill(order, t, price, !waits(order), "late");
    }
  }

  function asked(t: number): void {
    for (const intent of intents.filter(({ step }) => step === t)) {
      if (intent.act === "cancel") {
        for (const order of orders) if (order.group === undefined && (intent.order === undefined || order.id === intent.order)) order.gone = true;
      } else if (intent.act === "exit") {
        if (lots.length > 0) orders.push({ id: ++ids, side: position() > 0 ? -1 : 1, kind: "market", from: t + 1, all: true, reduceOnly: true });
      } else {
        const { ask } = intent;
        const all = ask.reduceOnly === true && ask.units === undefined;
        orders.push({ ...ask, id: ++ids, side: intent.act === "buy" ? 1 : -1, kind: ask.type ?? "market", from: t + 1, all });
      }
    }
  }

  for (let t = 0; t < bars.length; t++) {
    atOpen(t, true);
    atOpen(t, false);
    const [down, up] = (["down", "up"] as const).map((way) => orders.find((order) => reached(order, t, way))?.id ?? Infinity) as [number, number];
    const downFirst = lots.length === 0 ? down < up : position() > 0;
    go(t, downFirst ? "down" : "up");
    go(t, downFirst ? "up" : "down");
    atClose(t);
    orders = orders.filter((order) => order.gone !== true && !(order.bars !== undefined && t >= order.from + order.bars - 1));
    equity.push(cash + position() * (bars.close[t] as number));
    asked(t);
  }
  const last = bars.close[bars.length - 1] as number;
  if (lots.length > 0) {
    const price = last * (1 - Math.sign(position()) * (costs.spread / 2 + costs.slippage));
    close(Math.abs(position()), price, price * costs.taker);
    equity[equity.length - 1] = cash;
  }
  return { trades, equity };
}
