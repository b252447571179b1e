import type { AgentctlError } from "../base/errors.ts";
import type { OpenRun } from "./in-run.ts";

/** Works with the run's `stop`, which then also comes, with `late` as its reason, when the time is over. */
export async function withDeadline<T>(open: OpenRun, timeoutMs: number, late: AgentctlError, work: (open: OpenRun) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(late), timeoutMs);
  try {
    return await work({ ...open, stop: AbortSignal.any([open.stop, deadline.signal]) });
  } finally {
    clearTimeout(timer);
  }
}
