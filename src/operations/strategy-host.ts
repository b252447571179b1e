/**
 * Runs in a container, never on the host: a strategy in TypeScript, called bar by bar by the engine that lies beside this file. Only what it asked for
 * goes out; the host trades that again on its own bars, so nothing that is computed here is believed.
 *
 * In the working directory: job.json (StrategyJob), bars/<n> (six columns as little-endian doubles), strategies/ (its files). Out: out/<task>, one line of
 * JSON, then the intents, one a line. One process a task, so that no task sees what another left behind: without an argument this program
 * starts itself for each task in turn, and stops at the first that ends without an answer.
 */

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { barColumns, barsOf, type Bars } from "../strategy/bars.ts";
import type { StrategyJob } from "./strategy-job.ts";
import { loadStrategy, StrategyWatch } from "./strategy-watch.ts";

type Writer = (head: object, lines: readonly object[]) => void;

/** What is needed after the strategy's code has run, taken before it could be replaced. */
const { stringify } = JSON;

const job = JSON.parse(readFileSync("job.json", "utf8")) as StrategyJob;
const [task = job.tasks.length === 1 ? "0" : undefined] = process.argv.slice(2);
if (task === undefined) process.exit(runEach());
await runTask(Number(task), writerOf(task));
process.exit(0);

function runEach(): number {
  for (const number of job.tasks.keys()) {
    const { status } = spawnSync(process.execPath, [...process.execArgv, process.argv[1] ?? "", String(number)], { stdio: "inherit" });
    if (!existsSync(`out/${number}`)) return status ?? 1;
  }
  return 0;
}

function writerOf(task: string): Writer {
  return (head, lines) => {
    const text = [stringify(head), ...lines.map((line) => stringify(line)), ""].join("\n");
    writeFileSync(`out/.${task}`, text);
    // Whole or not at all: it may be killed at any moment.
    renameSync(`out/.${task}`, `out/${task}`);
  };
}

async function runTask(number: number, write: Writer): Promise<void> {
  const asked = job.tasks[number];
  if (asked === undefined) throw new Error(`there is no task ${number}`);
  enableCompileCache("/tmp/compiled");
  const { runBacktest } = await import("../backtest/run-backtest.ts");
  const { seeded } = await import("../base/seeded.ts");
  const bars = asked.bars.map(readBars);
  // The same strategy must ask for the same orders every time.
  Math.random = seeded(0);
  const seen = new StrategyWatch();
  try {
    const strategy = seen.watch(await loadStrategy(`strategies/${job.module}`, asked.parameters));
    const { firstStep, intents = [] } = runBacktest({ settings: asked.settings, bars, strategy, parameters: asked.parameters, intents: true });
    write({ kind: "intents", firstStep }, intents);
  } catch (thrown) {
    write({ kind: "failure", why: seen.tell(thrown) }, []);
  }
}

function readBars(number: number): Bars {
  const file = openSync(`bars/${number}`, "r");
  const all = new Float64Array(fstatSync(file).size / 8);
  readSync(file, all);
  closeSync(file);
  const length = all.length / barColumns.length;
  return barsOf(length, (_, index) => all.subarray(index * length, (index + 1) * length));
}
