import { checkLimits } from "../base/gate-limits.ts";
import type { YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { expressionsOf } from "./compile.ts";
import { partsOf } from "./expressions.ts";
import { isScalar } from "./expression/tree.ts";
import type { Strategy } from "./strategy.ts";
import { timeframeMs } from "./timeframe.ts";

/** What a strategy stands among, as far as it can be told without running. */
export interface Surroundings {
  /** Data sets of the workspace, by name; undefined for one whose file cannot be read. */
  dataSets: ReadonlyMap<string, { timeframe: string; currency: string } | undefined>;
  readme: boolean;
}

type Report = (level: Finding["level"], rule: string, at: readonly (string | number)[], message: string, hint?: string, key?: boolean) => void;

/** Everything that can be said about a strategy that was read, without running it: errors keep it from trading, warnings from being believed. */
export function checkStrategy(strategy: Strategy, document: YamlDocument, around: Surroundings): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (level, rule, at, message, hint, key = false) => {
    findings.push({ rule: `strategy/${rule}`, level, message, file: document.file, ...document.at(at, key), hint });
  };
  checkMarkets(strategy, around, report);
  checkSizing(strategy, report);
  checkHonesty(strategy, report);
  if (strategy.signals.kind === "declared") checkUse(strategy, report);
  else if (strategy.signals.language === "python" && Object.keys(strategy.timeframes).length > 0)
    report("warning", "unused", ["timeframes"], "names of timeframes stand in expressions, and there are none", "leave them out", true);
  for (const [name, { type, min, max }] of Object.entries(strategy.parameters)) {
    if (type !== "choice" && (min === undefined || max === undefined))
      report("note", "unbounded", ["parameters", name], `${name} lacks min or max, so no search varies it`);
  }
  if (!around.readme)
    findings.push({
      rule: "strategy/readme",
      level: "warning",
      message: `strategies/${strategy.name} has no README.md`,
      file: `strategies/${strategy.name}`,
      hint: "say what the idea is, where it comes from, and what to expect of it",
    });
  return findings;
}

function checkMarkets({ markets, timeframe, account }: Strategy, { dataSets }: Surroundings, report: Report): void {
  markets.forEach((market, index) => {
    const at = ["markets", index];
    if (!dataSets.has(market)) {
      const near = nearest(market, [...dataSets.keys()]);
      report("error", "no-data", at, `there is no data/${market}.yaml`, near === undefined ? "agentctl data import --help" : `did you mean ${near}?`);
      return;
    }
    const set = dataSets.get(market);
    if (set === undefined) return report("error", "no-data", at, `data/${market}.yaml cannot be read`, `agentctl data show ${market}`);
    if (timeframeMs(timeframe) % timeframeMs(set.timeframe) !== 0)
      report("error", "timeframe", ["timeframe"], `${timeframe} is no multiple of ${set.timeframe}, the timeframe of ${market}`, `timeframe: ${set.timeframe}`);
    if (set.currency !== account.currency)
      report(
        "error",
        "currency",
        at,
        `${market} is in ${set.currency}, the account in ${account.currency}; nothing here changes money`,
        `account: { currency: ${set.currency} }`,
      );
  });
}

function checkSizing({ sizing, risk, signals, account }: Strategy, report: Report): void {
  const stops = risk.stopLoss !== undefined || (signals.kind === "declared" && signals.rules.stopLoss !== undefined);
  if (sizing.kind === "risk" && !stops) {
    const level = signals.kind === "declared" ? "error" : "warning";
    report(
      level,
      "no-stop",
      ["sizing"],
      "sizes by what a stop-loss would cost, and has none: every entry is refused",
      "risk: { stopLoss: 0.1 }, or signals: { stopLoss: … }",
    );
  }
  if (sizing.kind === "equity" && sizing.share > risk.leverage)
    report("error", "leverage", ["sizing", "share"], `a position of ${sizing.share} × equity exceeds the leverage of ${risk.leverage}: every entry is refused`);
  if (sizing.kind === "value" && sizing.value > account.cash * risk.leverage)
    report("error", "leverage", ["sizing", "value"], `a position of ${sizing.value} exceeds what ${account.cash} can carry: every entry is refused`);
}

function checkHonesty({ costs, fill, knownBad, warmup, signals, risk }: Strategy, report: Report): void {
  const { taker, maker, fixed, spread, slippage } = costs;
  const slips = slippage.model === "volume" ? slippage.impact > 0 : slippage.model !== "none" && slippage.share > 0;
  if (taker === 0 && maker === 0 && fixed === 0 && spread === 0 && !slips)
    report(
      "warning",
      "no-costs",
      ["costs"],
      "trading costs nothing here; the gate raises costs to its floor",
      "taker: 0.0005 is 5 basis points of each fill",
      true,
    );
  if (fill === "this-close")
    report("warning", "this-close", ["fill"], "fills at the very close that it decides on, which nobody can; the gate refuses it", "fill: next-open");
  if (knownBad !== undefined && !Object.hasOwn(checkLimits, knownBad))
    report("error", "known-bad", ["knownBad"], `${JSON.stringify(knownBad)} is no check of the gate`, `one of ${Object.keys(checkLimits).join(", ")}`);
  if (warmup > 100_000) report("warning", "warm-up", ["warmup"], `waits ${warmup} bars before its first order`);
  if (signals.kind !== "declared") return;
  const { rules } = signals;
  const closes = [rules.stopLoss, rules.takeProfit, rules.trailingStop, risk.stopLoss, risk.takeProfit, risk.trailingStop].some((each) => each !== undefined);
  for (const [enter, exit, turn] of [
    ["enterLong", "exitLong", "enterShort"],
    ["enterShort", "exitShort", "enterLong"],
  ] as const) {
    if (rules[enter] !== undefined && rules[exit] === undefined && rules[turn] === undefined && !closes)
      report("warning", "no-exit", ["signals", enter], `what ${enter} opens is never closed: one trade is all there will be`, `${exit}: …`, true);
  }
}

/** Names that nothing uses: mostly a slip of the pen, and a parameter without effect multiplies the trials of a search by nothing. */
function checkUse(strategy: Strategy, report: Report): void {
  const { columns, rules, constraints } = expressionsOf(strategy);
  const used = partsOf([...rules.values()]);
  const parameters = new Set([...used].flatMap((part) => (part.kind === "parameter" ? [part.name] : [])));
  const frames = new Set([...used].flatMap((part) => (part.frame === undefined ? [] : [part.frame])));
  const constrained = new Set([...partsOf(constraints)].flatMap((part) => (part.kind === "parameter" ? [part.name] : [])));
  for (const name of Object.keys(strategy.parameters).filter((name) => !parameters.has(name))) {
    const message = constrained.has(name) ? `the parameter ${name} stands in constraints only: no signal depends on it` : `the parameter ${name} is not used`;
    report("warning", "unused", ["parameters", name], message, "each of its values would count as a trial", true);
  }
  for (const name of Object.keys(strategy.timeframes).filter((name) => !frames.has(name)))
    report("warning", "unused", ["timeframes", name], `the timeframe ${name} is not used`, undefined, true);
  for (const [name, node] of columns) {
    // A column that is one parameter or number is the same as it wherever it is used.
    if (!used.has(node) && !isScalar(node.sort)) report("warning", "unused", ["signals", "columns", name], `the column ${name} is not used`, undefined, true);
  }
}
