import { readYaml, type SourceFile, type YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { checkDocument } from "../base/json-schema.ts";
import { completeStrategy, type RawStrategy } from "./complete-strategy.ts";
import { readExpressions, type Expressions } from "./expressions.ts";
import { parameterProblems } from "./parameter-problems.ts";
import { settingProblems } from "./setting-problems.ts";
import { reservedNames } from "./expression/sorts.ts";
import { strategySchema } from "./schema.ts";
import type { SignalName, Strategy } from "./strategy.ts";
import { timeframeMs } from "./timeframe.ts";

export interface StrategyRead {
  /** Absent when there is an error. */
  strategy?: Strategy;
  /** strategy.yaml, for places of what is found later. */
  document?: YamlDocument;
  findings: Finding[];
}

type Report = (rule: string, at: readonly (string | number)[], message: string, hint?: string, key?: boolean) => void;

/**
 * Reads the strategy `name` from its files, paths relative to strategies/ (`<name>/strategy.yaml`, and its code). Never throws for what is written in
 * them: a finding with level error means that there is no strategy.
 */
export function readStrategy(name: string, files: readonly SourceFile[]): StrategyRead {
  const folder = `strategies/${name}`;
  const source = files.find(({ path }) => path === `${name}/strategy.yaml`);
  if (source === undefined) {
    const hint = `agentctl strategy new ${name} writes one that works`;
    return { findings: [{ rule: "strategy/no-strategy", level: "error", message: `${folder} holds no strategy.yaml`, file: folder, hint }] };
  }
  const { document, findings } = readYaml({ path: `${folder}/strategy.yaml`, text: source.text });
  if (document === undefined) return { findings };
  const problems = checkDocument(strategySchema, document, "strategy/schema");
  // A misspelt key is a missing one too; the misspelling says more.
  if (problems.length > 0) return { document, findings: problems.toSorted((a, b) => Number(a.hint === undefined) - Number(b.hint === undefined)) };

  const found: Finding[] = [];
  const report: Report = (rule, at, message, hint, key = false) => {
    found.push({ rule: `strategy/${rule}`, level: "error", message, file: document.file, ...document.at(at, key), hint });
  };
  const raw = document.value as RawStrategy;
  if (raw.name !== name) report("name", ["name"], `the strategy in ${folder} is named "${raw.name}"`, `name: ${name}`);
  if (raw.signals === undefined && raw.code === undefined) report("no-signals", [], "has neither signals nor code", "signals: { enterLong: …, exitLong: … }");
  if (raw.signals !== undefined && raw.code !== undefined)
    report("two-signals", ["code"], "has both signals and code; only one of them can decide", undefined, true);
  checkNames(raw, report);
  for (const { at, message, hint } of parameterProblems(raw.parameters ?? {})) report("parameter", at, message, hint);
  if (found.length > 0) return { document, findings: found };

  const strategy = completeStrategy(raw);
  checkTimeframes(strategy, report);
  checkCode(name, strategy, files, report);
  const expressions = readExpressions(strategy, (at, { message, hint }) =>
    report("expression", at, `${(at[0] === "signals" ? at.slice(1) : at).join(".")}: ${message}`, hint),
  );
  checkRules(strategy, expressions, report);
  if (found.length === 0) for (const { at, message, hint } of settingProblems(strategy, expressions)) report("setting", at, message, hint);
  return found.length > 0 ? { document, findings: found } : { strategy, document, findings: [] };
}

/** One word, one meaning: parameters, columns and timeframes stand in the same expressions. */
function checkNames(raw: RawStrategy, report: Report): void {
  const reserved = new Set(reservedNames());
  const taken = new Map<string, string>();
  const own = [
    ...Object.keys(raw.parameters ?? {}).map((name) => ({ name, at: ["parameters", name], what: "a parameter" })),
    ...Object.keys(raw.timeframes ?? {}).map((name) => ({ name, at: ["timeframes", name], what: "a timeframe" })),
    ...Object.keys(raw.signals?.columns ?? {}).map((name) => ({ name, at: ["signals", "columns", name], what: "a column" })),
  ];
  for (const { name, at, what } of own) {
    const before = taken.get(name);
    if (reserved.has(name)) report("taken-name", at, `"${name}" has a meaning of its own in expressions and cannot name ${what}`, undefined, true);
    else if (before !== undefined) report("taken-name", at, `"${name}" is the name of ${before} already`, undefined, true);
    taken.set(name, what);
  }
}

function checkTimeframes(strategy: Strategy, report: Report): void {
  const base = timeframeMs(strategy.timeframe);
  for (const [name, timeframe] of Object.entries(strategy.timeframes)) {
    const higher = timeframeMs(timeframe);
    if (higher > base && higher % base === 0) continue;
    report(
      "timeframe",
      ["timeframes", name],
      `${name} is ${timeframe}, which is no multiple of ${strategy.timeframe}`,
      "a higher timeframe is made of whole bars of the strategy's own",
    );
  }
}

const endings = { typescript: [".ts", ".mts", ".js", ".mjs"], python: [".py"] } as const;

function checkCode(name: string, { signals, include }: Strategy, files: readonly SourceFile[], report: Report): void {
  include.forEach((path, index) => {
    if (/^[/\\]|\\|^[A-Za-z]:/.test(path) || path.split("/").some((part) => part === "" || part === "." || part === ".."))
      report("include", ["include", index], `${JSON.stringify(path)} does not lie below strategies/`, "write it relative to strategies/, e.g. shared/trend.py");
  });
  if (signals.kind !== "code") return;
  const { file, language } = signals;
  if (!endings[language].some((ending) => file.endsWith(ending)))
    report("code", ["code", "file"], `${JSON.stringify(file)} is no file of ${language}`, `its name ends in ${endings[language].join(", ")}`);
  else if (!files.some(({ path }) => path === `${name}/${file}`)) report("code", ["code", "file"], `there is no strategies/${name}/${file}`);
}

function checkRules({ signals }: Strategy, { rules }: Expressions, report: Report): void {
  if (signals.kind !== "declared") return;
  const has = (name: SignalName): boolean => signals.rules[name] !== undefined;
  const entries = (["enterLong", "exitLong", "enterShort", "exitShort"] as const).filter(has);
  if (!has("weight") && !has("enterLong") && !has("enterShort"))
    report("no-entry", ["signals"], "nothing is ever entered", "signals: { enterLong: … } or { weight: … }", true);
  if (has("weight") && entries.length > 0)
    report(
      "two-ways",
      ["signals", entries[0] ?? ""],
      `weight says what the position is; ${entries.join(", ")} would not be looked at`,
      "leave one of the two ways out",
      true,
    );
  if (has("limit") && has("stop")) report("two-ways", ["signals", "stop"], "an entry is a limit or a stop order, not both", "leave one of the two out", true);
  if (has("stopLoss") && rules.has("stopLoss") && has("weight"))
    report("two-ways", ["signals", "stopLoss"], "a weight brings no entries that a stop-loss could go with", "risk: { stopLoss: … }", true);
}
