import { systemClock } from "../../src/base/clock.ts";
import { openHeads } from "../../src/ledger/heads.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { finishRun, registerRun } from "../../src/ledger/runs.ts";
import { openJournal } from "../../src/trace/journal.ts";
import { createMask } from "../../src/trace/mask.ts";

/** A process that records: `node journal-writer.ts STATE_DIR RUN RECORDS`. Says on stdout each seq that it was told is on disk. */
const [stateDir = "", run = "", records = "1"] = process.argv.slice(2);
const ledger = openLedger(stateDir);
registerRun(ledger, { run, command: "test", actor: "test", started: new Date(systemClock.nowMs()).toISOString() });
const journal = openJournal({ stateDir, run, heads: openHeads(ledger), mask: createMask({}), clock: systemClock });
for (let n = 0; n < Number(records); n++) {
  const { seq } = await journal.append("budget.reserved", { reservation: `b-${n}`, amounts: { tokens: n }, granted: true });
  process.stdout.write(`${seq}\n`);
}
await journal.append("run.finished", { outcome: "ok", durationMs: 1 });
finishRun(ledger, run, "ok", new Date(systemClock.nowMs()).toISOString());
journal.close();
ledger.close();
