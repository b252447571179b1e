import { expect, it } from "vitest";
import { momentsOf, readAnswer } from "../../src/operations/strategy-answer.ts";
import { BarShelf, batches, strategyJob, strategyLimits, type StrategyJob, type WholeTask } from "../../src/operations/strategy-job.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import { sliceBars, type Bars } from "../../src/strategy/bars.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";
import { settings, walk } from "../support/code-strategy.ts";

const bars = walk(1000);
const task = (...of: Bars[]): WholeTask => ({ parameters: { fast: 2 }, settings, bars: of });
const signals = { kind: "code", language: "python", file: "signals.py" } as const;
const ready = { strategy: { name: "x" } as Strategy, files: [{ path: "x/signals.py", text: "pass" }] };

it("sends the same bars once, as columns one after the other", () => {
  const tasks = [task(bars), task(sliceBars(bars, 0)), task(sliceBars(bars, 0, 10)), task(bars)];
  const { files, command } = strategyJob(ready, signals, tasks, { memoryMiB: 256 });
  expect(command).toEqual(["python3", "-B", "strategy_host.py"]);
  expect(files.map(({ path }) => path)).toEqual(["package.json", "job.json", "strategy_host.py", "strategies/x/signals.py", "bars/0", "bars/1"]);
  const job = JSON.parse(String(files[1]?.data)) as StrategyJob;
  expect(job.module).toBe("x/signals.py");
  expect(job.tasks.map((each) => each.bars)).toEqual([[0], [0], [1], [0]]);
  const sent = files.at(-1)?.data as Uint8Array;
  const doubles = new Float64Array(sent.buffer, sent.byteOffset, sent.length / 8);
  expect([...doubles.subarray(40, 50)]).toEqual([...bars.close.subarray(0, 10)]);
  expect(doubles.length).toBe(60);
});

it("keeps bars apart that lie in different memory", () => {
  const shelf = new BarShelf();
  expect([bars, walk(1000), bars].map((each) => shelf.place(each))).toEqual([0, 1, 0]);
  expect(shelf.bytes).toBe(96_000);
});

it("limits grow with the data alone", () => {
  const small = strategyLimits(defaultLimits, [task(bars)]);
  const long = strategyLimits(defaultLimits, [task(walk(1_000_000))]);
  expect({ ...small, memoryMiB: 0, diskMiB: 0 }).toEqual({ ...defaultLimits, memoryMiB: 0, diskMiB: 0 });
  // 46 MiB of bars, 61 of answers, 137 that an engine works with.
  expect([long.diskMiB - small.diskMiB, long.memoryMiB - small.memoryMiB]).toEqual([106, 243]);
});

it("a container gets at most 64 tasks, and no more than its disk is to hold", () => {
  expect(batches(Array.from({ length: 130 }, () => task(bars))).map((batch) => batch.length)).toEqual([64, 64, 2]);
  const long = walk(400_000);
  // 18 MiB of bars once, 24 MiB of answers each.
  expect(batches(Array.from({ length: 7 }, () => task(long))).map((batch) => batch.length)).toEqual([3, 3, 1]);
  expect(batches([])).toEqual([]);
  expect(
    batches(
      Array.from({ length: 7 }, () => task(bars)),
      4,
    ).map((batch) => batch.length),
  ).toEqual([4, 3]);
});

it("counts the moments at which any market closed", () => {
  const late = { ...sliceBars(bars, 5), ts: bars.ts.map((ts) => ts + 30_000).subarray(5) };
  expect(momentsOf([bars])).toBe(1000);
  expect(momentsOf([bars, sliceBars(bars, 10, 20)])).toBe(1000);
  expect(momentsOf([sliceBars(bars, 0, 600), sliceBars(bars, 500)])).toBe(1000);
  expect(momentsOf([bars, late])).toBe(1995);
});

it("an answer in the other language's form is refused", () => {
  const intents = Buffer.from('{"kind":"intents","firstStep":3}\n{"step":3,"market":0,"act":"exit"}\n');
  expect(readAnswer(intents, [bars], "typescript")).toEqual({ kind: "intents", firstStep: 3, intents: [{ step: 3, market: 0, act: "exit" }] });
  expect(readAnswer(intents, [bars], "python")).toMatchObject({ kind: "failure", why: "its answer cannot be used: it is of no kind that is known" });
  const failure = Buffer.from(`${JSON.stringify({ kind: "failure", why: `\ud800${"x".repeat(5000)}`, outcome: "ok" })}\n`);
  expect(readAnswer(failure, [bars], "python")).toEqual({ kind: "failure", why: `\ufffd${"x".repeat(1999)}`, outcome: "failed" });
});
