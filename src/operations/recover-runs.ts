import { isoTime, systemClock } from "../base/clock.ts";
import { findHead, openHeads } from "../ledger/heads.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { claimRun, finishRun, openRuns } from "../ledger/runs.ts";
import type { Mask } from "../trace/mask.ts";
import { recoverJournal, type Recovery } from "../trace/recover-journal.ts";
import { crashNotice, leaveNotice } from "./notice.ts";

/**
 * Ends the runs whose process is gone (killed, crashed, or lost with the machine's last boot) as `interrupted`. Of processes that do
 * this at once, one recovers each run. A journal with faults stays as it is, and the recovery says so. People are told.
 */
export async function recoverRuns(ledger: Ledger, stateDir: string, mask: Mask): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  const heads = openHeads(ledger);
  for (const row of openRuns(ledger).dead) {
    if (!claimRun(ledger, row)) continue;
    const recovery = await recoverJournal({ stateDir, run: row.run, head: findHead(ledger, row.run), heads, mask, clock: systemClock });
    finishRun(ledger, row.run, recovery.outcome, isoTime(systemClock.nowMs()));
    recoveries.push(recovery);
    // One that had ended, and was only not noted as that, is no incident.
    if (recovery.outcome === "interrupted" || recovery.faults.length > 0) leaveNotice({ ledger, mask, run: row.run }, crashNotice(recovery));
  }
  return recoveries;
}
