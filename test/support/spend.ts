import { readPolicies } from "../../src/policy/read-policies.ts";
import { openBudgets } from "../../src/ledger/budgets.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { registerRun } from "../../src/ledger/runs.ts";

/** A process that spends: `spend.ts <stateDir> <run> <limit> <each> [hold]`. Prints how often it was granted; with `hold` it keeps one and waits. */
const [stateDir = "", run = "", limit = "", each = "", hold] = process.argv.slice(2);
const text = `name: money\ndescription: d\nbudgets:\n  - { id: month, scope: month, limits: { costUsd: ${limit} } }\n`;
const cases = "- { name: c, reserve: { ask: { costUsd: 0 } }, granted: true }\n";
const { set } = readPolicies([
  { path: "policies/money/policy.yaml", text },
  { path: "policies/money/cases.yaml", text: cases },
]);
const ledger = openLedger(stateDir, { busyTimeoutMs: 60_000 });
registerRun(ledger, { run, command: "spend", actor: "test", started: "2026-11-21T12:00:00.000Z" });
const budgets = openBudgets(ledger, set.budgets);
const reserve = (): boolean => budgets.reserve({ month: "2026-11", run, agent: run }, { amounts: { costUsd: Number(each) } }).granted;
if (hold === "hold") {
  process.stdout.write(`${reserve() ? 1 : 0}\n`);
  setInterval(() => undefined, 1_000);
} else {
  let granted = 0;
  while (reserve()) granted += 1;
  ledger.close();
  process.stdout.write(`${granted}\n`);
}
