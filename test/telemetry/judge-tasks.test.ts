import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeTasks, normalisedObjective, type Attempt } from "../../src/telemetry/judge-tasks.ts";
import { periods } from "../../src/telemetry/periods.ts";

const day = (n: number): string => `2026-11-${String(n).padStart(2, "0")}T12:00:00.000Z`;
const all = { from: "2026-11-01T00:00:00.000Z", to: "2026-12-01T00:00:00.000Z" };

function attempt(on: number, outcome: string | null, more: Partial<Attempt> = {}): Attempt {
  return {
    run: `r-${on}`,
    kind: "agent",
    name: "quant",
    task: "count",
    started: day(on),
    outcome,
    versions: { agent: "a1", model: "m1", policy: "p1" },
    ...more,
  };
}

test("a task that had been done and fails now is a regression, with what changed between", () => {
  const judged = judgeTasks(
    [attempt(1, "ok"), attempt(3, "failed", { versions: { agent: "a1", model: "m2", policy: "p2" } }), attempt(4, "ok"), attempt(5, "limit")],
    all,
  );
  expect(judged.success).toMatchObject({ hits: 2, of: 4, share: 0.5 });
  expect(judged.regression).toMatchObject({ hits: 2, of: 3 });
  expect(judged.regressions).toEqual([
    {
      kind: "agent",
      name: "quant",
      run: "r-3",
      started: day(3),
      outcome: "failed",
      before: "r-1",
      changed: [
        { what: "model", from: "m1", to: "m2" },
        { what: "policy", from: "p1", to: "p2" },
      ],
    },
    { kind: "agent", name: "quant", run: "r-5", started: day(5), outcome: "limit", before: "r-4", changed: [] },
  ]);
});

test("another task, a failure that never went well, and what says nothing are no regressions", () => {
  const others = [attempt(2, "failed", { task: "sum" }), attempt(3, "failed", { name: "code" }), attempt(4, "failed", { kind: "skill" })];
  const silent = ["waiting", "halted", "interrupted", "cancelled", null].map((outcome, index) => attempt(10 + index, outcome));
  const judged = judgeTasks([attempt(1, "ok"), ...others, ...silent], all);
  expect(judged.regressions).toEqual([]);
  expect(judged.success).toMatchObject({ hits: 1, of: 4 });
  expect(judged.regression).toMatchObject({ of: 0, share: null });
});

test("what went well before the time asked for is what it is compared with", () => {
  const judged = judgeTasks([attempt(1, "ok"), attempt(20, "failed")], { ...all, from: day(10) });
  expect(judged.success).toMatchObject({ hits: 0, of: 1 });
  expect(judged.regressions).toMatchObject([{ run: "r-20", before: "r-1" }]);
});

test("whatever the order in which attempts are given, and never more regressions than attempts at tasks that were done", () => {
  const attempts = fc.uniqueArray(
    fc.record({ on: fc.integer({ min: 1, max: 30 }), outcome: fc.constantFrom("ok", "failed", "waiting", null), task: fc.constantFrom("a", "b") }),
    { selector: ({ on }) => on },
  );
  fc.assert(
    fc.property(attempts, fc.gen(), (given, random) => {
      const made = given.map(({ on, outcome, task }) => attempt(on, outcome, { task }));
      const shuffled = made.map((each) => ({ each, at: random(fc.nat) })).toSorted((a, b) => a.at - b.at);
      const judged = judgeTasks(made, all);
      expect(
        judgeTasks(
          shuffled.map(({ each }) => each),
          all,
        ),
      ).toEqual(judged);
      expect(judged.regression.hits).toBeLessThanOrEqual(judged.regression.of);
      expect(judged.regression.of).toBeLessThanOrEqual(Math.max(0, judged.success.of - 1));
    }),
  );
});

test("objectives are the same task whatever their case and space", () => {
  expect(normalisedObjective("  Count\n the  ROWS ")).toBe("count the rows");
});

test("days and weeks of UTC up to now, without gap or overlap", () => {
  const now = Date.parse("2026-11-28T12:30:00.000Z");
  expect(periods(now, 2, "day")).toEqual([
    { from: "2026-11-27T00:00:00.000Z", to: "2026-11-28T00:00:00.000Z" },
    { from: "2026-11-28T00:00:00.000Z", to: "2026-11-28T12:30:00.001Z" },
  ]);
  // The 23rd was a Monday.
  expect(periods(now, 10, "week").map(({ from }) => from)).toEqual(["2026-11-19T00:00:00.000Z", "2026-11-23T00:00:00.000Z"]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 60 }), fc.constantFrom("day" as const, "week" as const), (nowMs, days, every) => {
      const found = periods(nowMs, days, every);
      for (const [index, { from, to }] of found.entries()) {
        expect(from < to).toBe(true);
        if (index > 0) expect(from).toBe(found[index - 1]?.to);
      }
      expect(Date.parse(found.at(-1)?.to ?? "")).toBe(nowMs + 1);
    }),
  );
});
