import { readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { JobFile, JobLimits } from "../runner/job.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import { barColumns, type Bars } from "../strategy/bars.ts";
import type { Coded } from "../strategy/strategy.ts";
import { packageRoot } from "../workspace/package.ts";
import { moduleClosure } from "./module-closure.ts";
import type { ReadyStrategy, Task } from "./strategy-source.ts";

/** job.json, as the hosts of strategies in the container read it. */
export interface StrategyJob {
  /** Below strategies/. */
  module: string;
  tasks: readonly {
    parameters: ParameterValues;
    settings: BacktestSettings;
    /** Numbers of the files in bars/, one a market. */
    bars: readonly number[];
  }[];
}

/** A task with what it leaves out filled in. */
export type WholeTask = Required<Pick<Task, "parameters">> & { settings: BacktestSettings; bars: readonly Bars[] };

export interface ContainerJob {
  command: string[];
  files: JobFile[];
}

const mebibyte = 1024 * 1024;
/** Of a bar: its columns, each a double. */
const barBytes = barColumns.length * 8;
/** Of what may be asked for at a bar: a whole line for nearly each, or every column of a Python strategy. */
const answerBytes = 64;
/** Of what an engine or numpy keeps of a bar. */
const workBytes = 3 * barBytes;
/** The strategy's files, the engine and its compiled form. */
const programMiB = 24;
/** Of one container: few enough that their answers, a file each, are taken, and that an interrupted one has not lost much. */
const batchMost = { tasks: 64, bytes: 96 * mebibyte };

/** Tasks that go into one container together, in their order: at most `most`. */
export function batches<T extends WholeTask>(tasks: readonly T[], most = batchMost.tasks): T[][] {
  const all: T[][] = [];
  let shelf = new BarShelf();
  let bytes = 0;
  for (const task of tasks) {
    const had = shelf.bytes;
    for (const bars of task.bars) shelf.place(bars);
    bytes += shelf.bytes - had + rowsOf(task) * answerBytes;
    const last = all.at(-1);
    if (last !== undefined && last.length < Math.min(most, batchMost.tasks) && bytes <= batchMost.bytes) last.push(task);
    else {
      all.push([task]);
      shelf = new BarShelf();
      for (const bars of task.bars) shelf.place(bars);
      bytes = shelf.bytes + rowsOf(task) * answerBytes;
    }
  }
  return all;
}

/** One job for these tasks: the strategy's files, the program that hosts it, the bars, each set of them once. */
export function strategyJob(
  ready: Pick<ReadyStrategy, "files" | "strategy">,
  signals: Coded,
  tasks: readonly WholeTask[],
  limits: Pick<JobLimits, "memoryMiB">,
): ContainerJob {
  const shelf = new BarShelf();
  const job: StrategyJob = {
    module: `${ready.strategy.name}/${signals.file}`,
    tasks: tasks.map(({ parameters, settings, bars }) => ({ parameters, settings, bars: bars.map((each) => shelf.place(each)) })),
  };
  const { command, files } = signals.language === "python" ? pythonHost() : typescriptHost(limits.memoryMiB);
  const strategies = ready.files.map(({ path, text }) => ({ path: `strategies/${path}`, data: text }));
  return {
    command,
    files: [{ path: "package.json", data: '{"type":"module"}' }, { path: "job.json", data: JSON.stringify(job) }, ...files, ...strategies, ...shelf.files()],
  };
}

/**
 * What a job of such tasks may use: the configuration's limits, and on top what the data itself needs: its bars on the disk and in memory, what the engine
 * keeps of every bar, and what may be asked for at every bar.
 */
export function strategyLimits(configured: JobLimits, tasks: readonly WholeTask[]): JobLimits {
  const shelf = new BarShelf();
  for (const { bars } of tasks) for (const each of bars) shelf.place(each);
  const rows = tasks.map(rowsOf);
  const answers = rows.reduce((sum, each) => sum + each * answerBytes, 0);
  const dataMiB = programMiB + Math.ceil((shelf.bytes + answers) / mebibyte);
  const workMiB = Math.ceil((Math.max(0, ...rows) * workBytes) / mebibyte);
  return { ...configured, diskMiB: configured.diskMiB + dataMiB, memoryMiB: configured.memoryMiB + dataMiB + workMiB };
}

/** Bars of all markets. */
function rowsOf({ bars }: WholeTask): number {
  return bars.reduce((sum, each) => sum + each.length, 0);
}

/** Sets of bars that a container holds; the same memory is sent once. */
export class BarShelf {
  readonly #numbers = new Map<string, number>();
  readonly #sets: Bars[] = [];
  readonly #memory = new Map<ArrayBufferLike, number>();
  bytes = 0;

  /** The number of these bars. */
  place(bars: Bars): number {
    const key = barColumns.map((name) => this.#keyOf(bars[name])).join(" ");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.bytes += bars.length * barBytes;
    this.#numbers.set(key, this.#sets.length);
    return this.#sets.push(bars) - 1;
  }

  files(): JobFile[] {
    return this.#sets.map((bars, number) => {
      const all = new Float64Array(bars.length * barColumns.length);
      for (const [index, name] of barColumns.entries()) all.set(bars[name], index * bars.length);
      return { path: `bars/${number}`, data: new Uint8Array(all.buffer) };
    });
  }

  #keyOf({ buffer, byteOffset, length }: Float64Array): string {
    const memory = this.#memory.get(buffer) ?? this.#memory.size;
    this.#memory.set(buffer, memory);
    return `${memory}:${byteOffset}:${length}`;
  }
}

let typescriptFiles: JobFile[] | undefined;

/** agentctl's own engine, as sources or as built, whichever runs here; Node strips the types of sources. */
function typescriptHost(memoryMiB: number): ContainerJob {
  const entry = `src/operations/strategy-host${extname(import.meta.filename)}`;
  typescriptFiles ??= moduleClosure(join(dirname(import.meta.filename), "../.."), entry).map(({ path, text }) => ({ path: `engine/${path}`, data: text }));
  // Of its own accord Node takes half of what there is.
  return { command: ["node", `--max-old-space-size=${Math.floor(memoryMiB * 0.75)}`, `engine/${entry}`], files: typescriptFiles };
}

function pythonHost(): ContainerJob {
  const data = readFileSync(join(packageRoot(), "runners/strategy_host.py"));
  return { command: ["python3", "-B", "strategy_host.py"], files: [{ path: "strategy_host.py", data }] };
}
