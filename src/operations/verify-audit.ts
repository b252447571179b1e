import { AgentctlError } from "../base/errors.ts";
import { openRepository } from "../git/repository.ts";
import type { Fault } from "../trace/chain.ts";
import { requireJournal } from "../trace/read-journal.ts";
import { verifyRecord, type VerifyReport } from "../trace/verify-record.ts";
import { loadConfig } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";
import { readAuditState } from "./audit-state.ts";
import { newestCheckpoint, type StoredCheckpoint } from "./read-checkpoint.ts";

export interface AuditReport extends VerifyReport {
  verified: boolean;
  checkpoint?: { commit: string; time: string; runs: number; signature: StoredCheckpoint["signature"] };
}

/** Reads the whole record (or that of some runs) and compares it with the ledger's heads and with the newest checkpoint. */
export async function verifyAudit(options: { cwd: string; env: NodeJS.ProcessEnv; runs?: readonly string[] }): Promise<AuditReport> {
  const workspace = findWorkspace(options.cwd, options.env);
  const { stateDir } = workspace;
  const repository = openRepository(workspace);
  // An unreadable ledger is a fault to report; the journals still say what they say.
  const { heads, registered, ledgerFault } = ledgerOf(stateDir);
  const names = options.runs?.map((name) => (registered.has(name) ? name : requireJournal(stateDir, name).run));
  const runs = names === undefined || names.length === 0 ? undefined : new Set(names);
  const stored = await newestCheckpoint(repository, loadConfig(workspace.root, options.env));
  const report = await verifyRecord({ stateDir, heads, registered, anchored: stored?.checkpoint.runs ?? [], ...(runs && { runs }) });
  if (ledgerFault !== undefined) report.faults.unshift(ledgerFault);
  if (stored !== undefined) report.faults.push(...(await checkpointFaults(stored, await repository.firstCommit())));
  return {
    ...report,
    verified: report.faults.length === 0,
    ...(stored && {
      checkpoint: { commit: stored.commit, time: stored.checkpoint.time, runs: stored.checkpoint.runs.length, signature: stored.signature },
    }),
  };
}

function ledgerOf(stateDir: string): Partial<ReturnType<typeof readAuditState>> & { registered: Set<string>; ledgerFault?: Fault } {
  try {
    return readAuditState(stateDir);
  } catch (cause) {
    if (!(cause instanceof AgentctlError) || cause.code !== "ledger/unreadable") throw cause;
    return { registered: new Set(), ledgerFault: { kind: "unreadable-ledger", file: "ledger.db", message: `${cause.message}; heads are not compared` } };
  }
}

async function checkpointFaults({ checkpoint, commit, signature }: StoredCheckpoint, origin: string | undefined): Promise<Fault[]> {
  const file = `refs/agentctl/audit@${commit.slice(0, 10)}`;
  const faults: Fault[] = [];
  if (signature.state === "bad") faults.push({ kind: "checkpoint", file, message: "its signature does not fit its text" });
  if (checkpoint.origin !== origin) faults.push({ kind: "checkpoint", file, message: `it was made for the repository ${checkpoint.origin.slice(0, 10)}` });
  return faults;
}
