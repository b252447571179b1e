import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { flushQuietly } from "./flush-notifications.ts";
import { maskFor } from "./mask-for.ts";
import { faultsNotice, leaveNotice } from "./notice.ts";
import type { AuditReport } from "./verify-audit.ts";

/** Tells people of faults in the record, each set of them once. Keeps nobody from anything. */
export async function tellFaults({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }, { faults }: AuditReport): Promise<void> {
  if (faults.length === 0) return;
  try {
    const { stateDir } = findWorkspace(cwd, env);
    withLedger(stateDir, (ledger) => leaveNotice({ ledger, mask: maskFor(stateDir, env), run: "" }, faultsNotice(faults)));
  } catch {
    // A ledger that cannot be read is among the faults that the person has just been shown.
  }
  await flushQuietly({ cwd, env });
}
