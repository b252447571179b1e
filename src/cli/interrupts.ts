import { AgentctlError } from "../base/errors.ts";

/** Works with a signal that Ctrl-C aborts, so that what was asked of another process can be taken back. */
export async function interrupts<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new AgentctlError("cli/interrupted", "interrupted", { exit: "interrupted" }));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
