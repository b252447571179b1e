import { compareRuns, type RunComparison } from "../agent/compare-runs.ts";
import { findWorkspace } from "../workspace/find.ts";
import { historyOfRecord, readAgentRecord } from "./agent-record.ts";

export interface RunsCompared extends RunComparison {
  a: string;
  b: string;
}

/** Two agents' runs side by side. Errors: those of reading a run. */
export async function diffRuns(asked: { cwd: string; env: NodeJS.ProcessEnv; a: string; b: string }): Promise<RunsCompared> {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const [a, b] = [await readAgentRecord(stateDir, asked.a), await readAgentRecord(stateDir, asked.b)];
  return { a: a.root, b: b.root, ...compareRuns(historyOfRecord(a), historyOfRecord(b)) };
}
