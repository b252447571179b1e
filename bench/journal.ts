import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import { openHeads } from "../src/ledger/heads.ts";
import { openLedger } from "../src/ledger/ledger.ts";
import { openJournal } from "../src/trace/journal.ts";
import { createMask } from "../src/trace/mask.ts";
import { median, type BenchRow } from "./row.ts";

/** Appending a record (schema, mask, hash, write, fdatasync, head) against a bare write and fdatasync of as many bytes. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  const ledger = openLedger(folder);
  const mask = createMask({ ...process.env, EXCHANGE_SECRET: "0123456789abcdef" });
  const journal = openJournal({ stateDir: folder, run: "r-bench", heads: openHeads(ledger), mask, clock: systemClock });
  const handle = openSync(join(folder, "bare"), "ax", 0o600);
  try {
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < 600; round++) {
      const from = systemClock.monotonicMs();
      const record = await journal.append("budget.reserved", { reservation: `b-${round}`, amounts: { tokens: 1200, costUsd: 0.014 }, granted: true });
      const between = systemClock.monotonicMs();
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      const start = systemClock.monotonicMs();
      writeSync(handle, line);
      fdatasyncSync(handle);
      const end = systemClock.monotonicMs();
      // The first rounds compile code.
      if (round < 100) continue;
      ours.push(between - from);
      bare.push(end - start);
    }
    const [append, reference] = [median(ours), median(bare)];
    return [
      {
        name: "journal append",
        value: append / reference,
        unit: "×",
        limit: 1.5,
        reference: `append ${append.toFixed(3)} ms, bare write + fdatasync ${reference.toFixed(3)} ms`,
      },
    ];
  } finally {
    closeSync(handle);
    journal.close();
    ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
