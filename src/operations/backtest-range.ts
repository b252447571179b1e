import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { Bars } from "../strategy/bars.ts";
import { sliceBars } from "../strategy/bars.ts";
import type { ReadyStrategy } from "./strategy-source.ts";

/** What a backtest trades over. */
export interface BacktestRange {
  settings: BacktestSettings;
  /** One a market; earlier bars than `settings.fromMs` warm up. */
  bars: Bars[];
}

/**
 * The bars and settings of a window: trading starts with the first bar at or after `from`, and no bar after `to` is there at all. A date alone is a
 * whole day (UTC). Errors (exit usage): `backtest/bad-date`, `backtest/no-bars`.
 */
export function rangeOf(ready: Pick<ReadyStrategy, "data" | "settings">, asked: { from?: string | undefined; to?: string | undefined }): BacktestRange {
  const fromMs = asked.from === undefined ? undefined : timeOf("from", asked.from, "start");
  const toMs = asked.to === undefined ? Infinity : timeOf("to", asked.to, "end");
  const bars = ready.data.map((each) => upTo(each.bars, toMs));
  const traded = bars.some((each) => each.length > 0 && (each.ts.at(-1) ?? -Infinity) >= (fromMs ?? -Infinity));
  if (!traded) {
    const have = ready.data.map(({ set, bars: all }) => `${set.name} has ${dates(all)}`).join(", ");
    const asks = [asked.from && `from ${asked.from}`, asked.to && `to ${asked.to}`].filter(Boolean).join(" ");
    throw new AgentctlError("backtest/no-bars", `there are no bars ${asks}`.trimEnd() + `: ${have}`, { hint: "agentctl data", exit: "usage" });
  }
  return { settings: fromMs === undefined ? ready.settings : { ...ready.settings, fromMs }, bars };
}

/** Bars that open at or before a time, ms since the epoch. */
export function upTo(bars: Bars, toMs: number): Bars {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bars.ts[middle] ?? Infinity) <= toMs) low = middle + 1;
    else high = middle;
  }
  return low === bars.length ? bars : sliceBars(bars, 0, low);
}

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/;
const dayMs = 86_400_000;

function timeOf(flag: string, text: string, edge: "start" | "end"): number {
  const ms = day.test(text) || moment.test(text) ? Date.parse(text) : NaN;
  // 2020-02-31 is read as the second of March.
  if (Number.isNaN(ms) || isoTime(ms).slice(0, 10) !== text.slice(0, 10)) {
    throw new AgentctlError("backtest/bad-date", `--${flag} is ${JSON.stringify(text)}, which is no date`, {
      hint: `--${flag} 2010-12-31, or --${flag} 2010-12-31T14:30Z`,
      exit: "usage",
    });
  }
  return edge === "end" && day.test(text) ? ms + dayMs - 1 : ms;
}

function dates(bars: Bars): string {
  const [first, last] = [bars.ts[0], bars.ts.at(-1)];
  return first === undefined || last === undefined ? "none" : `${isoTime(first).slice(0, 10)} to ${isoTime(last).slice(0, 10)}`;
}
