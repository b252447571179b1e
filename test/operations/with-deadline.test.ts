import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import type { OpenRun } from "../../src/operations/in-run.ts";
import { withDeadline } from "../../src/operations/with-deadline.ts";

const late = new AgentctlError("gate/timeout", "not done", { exit: "timeout" });
const openRun = (stop: AbortSignal): OpenRun => ({ run: "r-1", stop }) as OpenRun;

test("work that goes on beyond its time is stopped, with the time as the reason", async () => {
  const stopped = withDeadline(openRun(new AbortController().signal), 20, late, async ({ stop }) => {
    await wait(60_000, undefined, { signal: stop }).catch(() => undefined);
    stop.throwIfAborted();
  });
  await expect(stopped).rejects.toBe(late);
});

test("what stops the run stops the work, with the run's own reason; work in time answers", async () => {
  const halt = new AbortController();
  const halted = withDeadline(openRun(halt.signal), 60_000, late, async ({ stop }) => {
    halt.abort("halted");
    return stop.reason as unknown;
  });
  expect(await halted).toBe("halted");
  expect(await withDeadline(openRun(new AbortController().signal), 60_000, late, async ({ run }) => run)).toBe("r-1");
});
