import { existsSync } from "node:fs";
import { join } from "node:path";
import { listHeads, type Head } from "../ledger/heads.ts";
import { openLedger, type Ledger } from "../ledger/ledger.ts";
import { listRuns } from "../ledger/runs.ts";

/** What the ledger says of the journals. */
export interface AuditState {
  heads: Head[];
  registered: Set<string>;
}

/** Reads it; a state directory without a ledger has no runs. Errors: those of the ledger. */
export function readAuditState(stateDir: string): AuditState {
  return (
    withLedger(stateDir, (ledger) => ({ heads: listHeads(ledger), registered: new Set(listRuns(ledger).map(({ run }) => run)) })) ?? {
      heads: [],
      registered: new Set(),
    }
  );
}

/** Opens the ledger for reading, where there is one: looking must not make state. */
export function withLedger<T>(stateDir: string, look: (ledger: Ledger) => T): T | undefined {
  if (!existsSync(join(stateDir, "ledger.db"))) return undefined;
  const ledger = openLedger(stateDir);
  try {
    return look(ledger);
  } finally {
    ledger.close();
  }
}
