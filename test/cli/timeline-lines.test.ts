import { expect, test } from "vitest";
import { timelineLines } from "../../src/cli/timeline-lines.ts";
import type { TimelineEntry } from "../../src/operations/run-timeline.ts";

function entries(...kinds: TimelineEntry["kind"][]): TimelineEntry[] {
  return kinds.map((kind, index) => ({ seq: index, ts: "2026-01-02T03:04:05.678Z", offsetMs: index, kind, text: `text ${index}` }));
}

test("of many entries of one kind the first and the last are shown, and how many are not", () => {
  const batches = Array<TimelineEntry["kind"]>(7).fill("trials.recorded");
  expect(timelineLines(entries("run.started", ...batches, "run.finished"))).toEqual([
    "2026-01-02 03:04:05  run.started      text 0",
    "+1 ms                trials.recorded  text 1",
    "…                                     5 more like these; --json has them",
    "+7 ms                trials.recorded  text 7",
    "+8 ms                run.finished     text 8",
  ]);
  expect(timelineLines(entries("run.started", ...batches.slice(1), "run.finished"))).toHaveLength(8);
});
