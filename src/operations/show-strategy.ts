import { sha256 } from "../base/digest.ts";
import type { Finding } from "../base/finding.ts";
import { gridSize, searchSpace } from "../backtest/search/space.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import { expressionsOf } from "../strategy/compile.ts";
import { textOf } from "../strategy/expression/text.ts";
import { meetsConstraints } from "../strategy/parameters.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { findWorkspace } from "../workspace/find.ts";
import { requireStrategyName } from "./strategy-files.ts";
import { lastGates, type GateSaid } from "./strategy-gates.ts";
import { shelvedStrategy, workingDataSets } from "./strategy-shelf.ts";

export interface StrategyReport {
  name: string;
  /** Everything in strategy.yaml, defaults filled in; null when it cannot be used. */
  strategy: Strategy | null;
  /** Rules with columns and the default parameters filled in, by name. */
  rules: Record<string, string>;
  /** Variants of a grid search that meet the constraints; null where a parameter has a range without steps, or there are too many to count. */
  variants: number | null;
  /** By which its files are known. */
  digest: string;
  files: { path: string; bytes: number; sha256: string }[];
  /** What the gate said last about these very files. */
  gate: GateSaid | null;
  findings: Finding[];
}

/** A grid beyond this is not counted. */
const countedMax = 200_000;

/** Everything that is known about one strategy without running it. Error: `strategy/unknown`. */
export async function showStrategy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string; warn?: (text: string) => void }): Promise<StrategyReport> {
  const { root, stateDir } = findWorkspace(asked.cwd, asked.env);
  const name = requireStrategyName(root, asked.name);
  const [{ strategy, digest, files, findings }, gates] = await Promise.all([
    shelvedStrategy(root, name, workingDataSets(root)),
    lastGates(stateDir, asked.warn),
  ]);
  return {
    name,
    strategy: strategy ?? null,
    rules: strategy === undefined ? {} : rulesOf(strategy),
    variants: strategy === undefined ? null : variantsOf(strategy),
    digest,
    files: files.map(({ path, text }) => ({ path: `strategies/${path}`, bytes: Buffer.byteLength(text), sha256: sha256(text) })),
    gate: gates.get(digest) ?? null,
    findings,
  };
}

function rulesOf(strategy: Strategy): Record<string, string> {
  const defaults = Object.fromEntries(Object.entries(strategy.parameters).map(([name, parameter]) => [name, parameter.default]));
  return Object.fromEntries([...expressionsOf(strategy).rules].map(([name, node]) => [name, bare(textOf(node, defaults, (frame) => frame))]));
}

/** Without the parentheses around the whole. */
function bare(text: string): string {
  let depth = 0;
  const end = [...text].findIndex((character) => {
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    return depth === 0;
  });
  return text.startsWith("(") && end === text.length - 1 ? text.slice(1, -1) : text;
}

function variantsOf(strategy: Strategy): number | null {
  const space = searchSpace(strategy.parameters, {}, (parameters) => meetsConstraints(strategy, parameters));
  if (gridSize(space) > countedMax) return null;
  let variants: ParameterValues[] = [space.fixed];
  for (const axis of space.axes) {
    if (!("values" in axis)) return null;
    variants = variants.flatMap((variant) => axis.values.map((value) => ({ ...variant, [axis.name]: value })));
  }
  return variants.filter((variant) => space.admits(variant)).length;
}
