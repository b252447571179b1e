import { expect, test } from "vitest";
import { showBuilds } from "../../src/cli/build-progress.ts";
import { bytes, seconds } from "../../src/cli/quantity.ts";

test("elsewhere than on a terminal, builds are told by their steps, and not by what apt says", async () => {
  const lines: string[] = [];
  const progress = showBuilds(false, (line) => lines.push(line));
  progress.onPlan?.(["python", "shell"]);
  for (const line of [
    "pulling debian:bookworm-slim",
    `Step 1/3 : RUN ${"x".repeat(200)}`,
    "Get:1 bookworm InRelease",
    "Step 3/3 : LABEL agentctl.runner=python",
  ])
    progress.onLine?.("python", line);
  const image = { runner: "python", id: "sha256:1", tag: "agentctl/python:1", digest: "1", base: "", bytes: 572_850_314, created: "", stale: false };
  progress.onEnd?.("python", { runner: "python", outcome: "built", image, durationMs: 77_300 });
  progress.onEnd?.("shell", { runner: "shell", outcome: "current", image, durationMs: 0 });
  progress.onEnd?.("node", { outcome: "failed", durationMs: 1234 });
  await progress.close();
  expect(lines).toEqual([
    "python  pulling debian:bookworm-slim",
    `python  Step 1/3 : RUN ${"x".repeat(84)}…`,
    "python  built    agentctl/python:1  573 MB  77 s",
    "shell  current  agentctl/python:1  573 MB",
    "node  failed after 1.2 s",
  ]);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9949, "9.9 kB"],
  [9950, "10 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [572_850_314, "573 MB"],
  [1_670_000_000, "1.7 GB"],
])("%d bytes are %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  [0, "0.0 s"],
  [949, "0.9 s"],
  [9949, "9.9 s"],
  [9950, "10 s"],
  [77_300, "77 s"],
])("%d ms are %s", (ms, text) => {
  expect(seconds(ms)).toBe(text);
});
