import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { listHeads } from "../ledger/heads.ts";
import { withLease } from "../ledger/leases.ts";
import { openLedger } from "../ledger/ledger.ts";
import { closeJournals, type Closing } from "../trace/close-journals.ts";
import { findWorkspace } from "../workspace/find.ts";
import { maskFor } from "./mask-for.ts";
import { recoverRuns } from "./recover-runs.ts";

export interface CompactResult extends Closing {
  /** Runs whose process was gone, ended as interrupted first. */
  recovered: string[];
}

/** Ends the runs of processes that are gone, then moves the journals of ended runs into the lake. Errors: trace/compacting when another process is at it. */
export async function compactJournals(options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<CompactResult> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  if (!existsSync(join(stateDir, "ledger.db"))) return { runs: 0, records: 0, bytesBefore: 0, bytesAfter: 0, damaged: [], recovered: [] };
  const ledger = openLedger(stateDir);
  try {
    const recoveries = await recoverRuns(ledger, stateDir, maskFor(stateDir, options.env));
    const heads = new Map(listHeads(ledger).map((head) => [head.run, head]));
    const closing = await withLease(ledger, "compact-journals", () => closeJournals(stateDir, heads));
    if (closing === undefined) throw new AgentctlError("trace/compacting", "another process is closing journals", { hint: "try again later" });
    return { ...closing, recovered: recoveries.map(({ run }) => run) };
  } finally {
    ledger.close();
  }
}
