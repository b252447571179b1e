import { findWorkspace } from "../workspace/find.ts";
import { lastGates } from "./strategy-gates.ts";
import { strategyNames } from "./strategy-files.ts";
import { shelvedStrategy, workingDataSets } from "./strategy-shelf.ts";

export interface StrategyRow {
  name: string;
  kind: "declared" | "typescript" | "python" | null;
  markets: string[];
  timeframe: string | null;
  parameters: string[];
  /** The check that must refuse it, for one that is shipped to show a mistake. */
  knownBad: string | null;
  /** What the gate said last about these very files; null when it was not asked, or they were others then. */
  gate: { passed: boolean; failed: string[]; at: string } | null;
  about: string | null;
  /** Why it cannot be run; null when it can. */
  problem: string | null;
}

/** Every strategy of the workspace by name, with what the gate said last. */
export async function listStrategies(asked: { cwd: string; env: NodeJS.ProcessEnv; warn?: (text: string) => void }): Promise<StrategyRow[]> {
  const { root, stateDir } = findWorkspace(asked.cwd, asked.env);
  const dataSets = workingDataSets(root);
  const [gates, shelved] = await Promise.all([
    lastGates(stateDir, asked.warn),
    Promise.all(strategyNames(root).map((name) => shelvedStrategy(root, name, dataSets))),
  ]);
  return shelved.map(({ name, strategy, digest, findings }) => {
    const gate = gates.get(digest);
    return {
      name,
      kind: strategy === undefined ? null : strategy.signals.kind === "declared" ? "declared" : strategy.signals.language,
      markets: [...(strategy?.markets ?? [])],
      timeframe: strategy?.timeframe ?? null,
      parameters: Object.keys(strategy?.parameters ?? {}),
      knownBad: strategy?.knownBad ?? null,
      gate: gate === undefined ? null : { passed: gate.passed, failed: gate.failed, at: gate.at },
      about: strategy?.about ?? null,
      problem: findings.find((finding) => finding.level === "error")?.message ?? null,
    };
  });
}
