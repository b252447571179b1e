import { Worker } from "node:worker_threads";
import { AgentctlError } from "../base/errors.ts";

/** A thread of this room's file `name`. The sources are run as they are by Node, and the package has them compiled. */
export function startWorker(name: string, data: unknown): Worker {
  return new Worker(new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url), { workerData: data });
}

/** Sends a thread one message and answers its next one. Rejects when it fails or ends before that (operations/thread-ended), or when work has to stop. */
export function askWorker<T>(worker: Worker, message: unknown, stop: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onExit = (): void => reject(new AgentctlError("operations/thread-ended", "a thread that traded variants ended before it answered"));
  const onStop = (): void => reject(stop.reason as Error);
  worker.on("message", resolve).on("error", reject).on("exit", onExit);
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  else worker.postMessage(message);
  return promise.finally(() => {
    worker.off("message", resolve).off("error", reject).off("exit", onExit);
    stop.removeEventListener("abort", onStop);
  });
}
