import { expect, test } from "vitest";
import { armWhenNew, setHalt } from "../../src/ledger/halt.ts";
import { outsidePolicy } from "../../src/operations/halt-work.ts";
import { inRun, requireGoing } from "../../src/operations/in-run.ts";
import { createMask } from "../../src/trace/mask.ts";
import { folder } from "../support/workspace.ts";

test("no effect starts after a halt has returned, although the run began before it", async () => {
  const stateDir = folder();
  armWhenNew(stateDir);
  let effects = 0;
  const work = inRun({ stateDir, mask: createMask({}), started: outsidePolicy("test", "ana") }, async (open) => {
    requireGoing(open);
    setHalt(stateDir, { by: "ana", reason: "odd", atMs: 0 });
    // The watch has not looked yet.
    expect(open.stop.aborted).toBe(false);
    requireGoing(open);
    effects += 1;
    return { outcome: "ok", result: undefined };
  });
  await expect(work).rejects.toMatchObject({ code: "ledger/halted", exit: "halted" });
  expect(effects).toBe(0);
});
