import type { Ledger } from "./ledger.ts";
import { ownerState, thisProcess } from "./owner.ts";

export const schema = `
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    boot TEXT NOT NULL,
    host TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Does work that one process at a time may do; undefined when another one is at it. A lease ends with its process, not with time:
 * a paused holder is still the holder.
 */
export async function withLease<T>(ledger: Ledger, name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (!acquire(ledger, name)) return undefined;
  try {
    return await work();
  } finally {
    ledger.transaction((db) => db.prepare("DELETE FROM leases WHERE name = ?").run(name));
  }
}

function acquire(ledger: Ledger, name: string): boolean {
  const { pid, processStart, boot, host } = thisProcess();
  return ledger.transaction((db) => {
    const held = db.prepare("SELECT pid, process_start, boot, host FROM leases WHERE name = ?").get(name);
    if (held !== undefined) {
      const owner = {
        pid: Number(held["pid"]),
        processStart: String(held["process_start"]),
        boot: String(held["boot"]),
        host: String(held["host"]),
      };
      if (ownerState(owner) !== "dead") return false;
    }
    db.prepare("INSERT OR REPLACE INTO leases (name, pid, process_start, boot, host) VALUES (?, ?, ?, ?, ?)").run(name, pid, processStart, boot, host);
    return true;
  });
}
