import { messageOf } from "../base/errors.ts";
import { readIntents } from "../backtest/read-intents.ts";
import type { Intent } from "../backtest/backtest.ts";
import { readColumns, type ColumnsHead } from "../strategy/read-columns.ts";
import type { SignalColumns } from "../strategy/signal-columns.ts";
import type { Bars } from "../strategy/bars.ts";

/** What a strategy's container answers for one task, as far as it fits what may be answered. All of it is the strategy's own word. */
export type StrategyAnswer =
  | { kind: "intents"; firstStep: number; intents: Intent[] }
  | { kind: "columns"; columns: SignalColumns[] }
  | { kind: "failure"; why: string; outcome: "failed" | "oom" };

/** Its first line: names of columns and counts. */
const headBytesMax = 64 * 1024;
const whyLengthMax = 2000;

/** Reads the file that a host of strategies wrote. Never throws: what does not fit is a failure that says so. */
export function readAnswer(data: Uint8Array, bars: readonly Bars[], language: "typescript" | "python"): StrategyAnswer {
  try {
    return readParts(data, bars, language);
  } catch (thrown) {
    // Lists in lists by the ten thousand can be parsed, and not be put into words.
    if (thrown instanceof RangeError) return forged("it is nested too deep");
    throw thrown;
  }
}

function readParts(data: Uint8Array, bars: readonly Bars[], language: "typescript" | "python"): StrategyAnswer {
  const end = data.subarray(0, headBytesMax).indexOf(10);
  const head = end < 0 ? undefined : parse(data.subarray(0, end));
  if (head === undefined) return forged("its first line is not JSON");
  const body = data.subarray(end + 1);
  if (head["kind"] === "failure") return failure(head);
  if (language === "python" && head["kind"] === "columns") return columnsOf(head["markets"], body, bars);
  if (language === "typescript" && head["kind"] === "intents") return intentsOf(head["firstStep"], body, bars);
  return forged("it is of no kind that is known");
}

type Head = Readonly<Record<string, unknown>>;

function parse(line: Uint8Array): Head | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Head) : undefined;
  } catch (thrown) {
    // Anything but the parser's own word on what it was given is a fault of ours.
    if (thrown instanceof SyntaxError || thrown instanceof TypeError) return undefined;
    throw new Error(`an answer could not be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function forged(problem: string): StrategyAnswer {
  return { kind: "failure", outcome: "failed", why: `its answer cannot be used: ${problem}` };
}

function failure({ why, outcome }: Head): StrategyAnswer {
  const said = typeof why === "string" ? why.slice(0, whyLengthMax).toWellFormed() : "it does not say why";
  return { kind: "failure", why: said, outcome: outcome === "oom" ? "oom" : "failed" };
}

function intentsOf(firstStep: unknown, body: Uint8Array, bars: readonly Bars[]): StrategyAnswer {
  const steps = momentsOf(bars);
  if (!Number.isSafeInteger(firstStep) || (firstStep as number) < 0 || (firstStep as number) > steps) {
    return forged(`its first step is ${JSON.stringify(firstStep)?.slice(0, 60)}; there are ${steps}`);
  }
  const read = readIntents(body, { steps, markets: bars.length });
  return "problem" in read ? forged(read.problem) : { kind: "intents", firstStep: firstStep as number, intents: read.intents };
}

function columnsOf(heads: unknown, body: Uint8Array, bars: readonly Bars[]): StrategyAnswer {
  if (!Array.isArray(heads) || heads.length !== bars.length) return forged(`it is not for the ${bars.length} markets that were asked for`);
  const columns: SignalColumns[] = [];
  let from = 0;
  for (const [index, each] of bars.entries()) {
    const read = readColumns((heads as (ColumnsHead | null)[])[index] ?? { warmup: undefined, columns: undefined }, body.subarray(from), each.length);
    if ("problem" in read) return forged(read.problem);
    columns.push(read.columns);
    from += read.bytes;
  }
  return from === body.length ? { kind: "columns", columns } : forged(`${body.length - from} bytes too many`);
}

/** Distinct times at which a bar of any market closed; all markets have one timeframe. */
export function momentsOf(bars: readonly Bars[]): number {
  const [only] = bars;
  if (bars.length === 1 && only !== undefined) return only.length;
  const at = bars.map(() => 0);
  for (let moments = 0; ; moments += 1) {
    const next = Math.min(...bars.map(({ ts }, market) => ts[at[market] ?? 0] ?? Infinity));
    if (next === Infinity) return moments;
    for (const [market, { ts }] of bars.entries()) if (ts[at[market] ?? 0] === next) at[market] = (at[market] ?? 0) + 1;
  }
}
