import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { withLease } from "../ledger/leases.ts";
import type { OpenRun } from "./in-run.ts";

const waitMs = 30_000;
const pollMs = 25;

/**
 * Looks whether a proposal may be made and makes it, while no other process of this record does: of two that look at once, both would see room for one. What a killed
 * process held is free. Waits its turn. Errors: `proposal/busy` when that takes too long, and that of an interrupt.
 */
export async function inTurn<T>({ ledger, stop }: Pick<OpenRun, "ledger" | "stop">, work: () => Promise<T>, mostMs = waitMs): Promise<T> {
  const startedMs = systemClock.monotonicMs();
  for (;;) {
    stop.throwIfAborted();
    const done = await withLease(ledger, "propose", async () => ({ value: await work() }));
    if (done !== undefined) return done.value;
    if (systemClock.monotonicMs() - startedMs >= mostMs)
      throw new AgentctlError("proposal/busy", `another process has been making a proposal for ${Math.round(mostMs / 1000)} s; nothing was made`, {
        hint: "agentctl run     shows who is at work; then try again",
      });
    await wait(pollMs);
  }
}
