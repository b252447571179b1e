import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf, type ExitName } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Recorder } from "../event/events.ts";
import type { RunFinished, RunStarted } from "../event/run-events.ts";
import { openHeads } from "../ledger/heads.ts";
import { readHalt, watchHalt, type HaltState } from "../ledger/halt.ts";
import { openLedger, type Ledger } from "../ledger/ledger.ts";
import { finishRun, registerRun } from "../ledger/runs.ts";
import { openJournal } from "../trace/journal.ts";
import type { Mask } from "../trace/mask.ts";
import type { Notifier, NotifierPlace, Telling } from "./open-notifier.ts";
import { recoverRuns } from "./recover-runs.ts";
import { version } from "./version.ts";

export type RunOutcome = RunFinished["outcome"];

export interface RunOptions {
  stateDir: string;
  mask: Mask;
  started: Omit<RunStarted, "version">;
  /** The run's id, where something has to know it before it begins. */
  run?: string | undefined;
  /** Releasing a halt happens while halted. */
  evenHalted?: boolean;
  /** Lets people be told of what happens. */
  telling?: Telling | undefined;
}

export interface OpenRun {
  run: string;
  stateDir: string;
  ledger: Ledger;
  recorder: Recorder;
  mask: Mask;
  /** Aborted when work has to stop: by a halt, or because the person interrupted. Its reason is an AgentctlError. */
  stop: AbortSignal;
  /** Where people can be told. */
  tell?: Notifier["tell"];
}

const outcomeOfExit: Partial<Record<ExitName, RunOutcome>> = {
  denied: "denied",
  waiting: "waiting",
  budget: "budget",
  timeout: "timeout",
  halted: "halted",
  interrupted: "interrupted",
};

/**
 * Does work under one run id: registered, journaled from its first record to its last, stopped by halt and by signals.
 * `work` answers how it ended; what it throws is recorded as the run's end and thrown on.
 * Errors: ledger/halted (exit halted), and those of the ledger and the journal.
 */
export async function inRun<T>(options: RunOptions, work: (open: OpenRun) => Promise<{ outcome: RunOutcome; result: T }>): Promise<T> {
  const { stateDir, mask, started } = options;
  if (options.evenHalted !== true) refuseWhenHalted(readHalt(stateDir));
  const ledger = openLedger(stateDir);
  // What a killed process left open is ended first, so that nothing waits for it, and its reservations are closed.
  if (options.evenHalted !== true) await recoverRuns(ledger, stateDir, mask);
  const run = options.run ?? newId("r");
  const startedMs = systemClock.monotonicMs();
  registerRun(ledger, { run, command: mask(started.command), actor: started.actor.name, started: isoTime(systemClock.nowMs()) });
  const journal = openJournal({ stateDir, run, heads: openHeads(ledger), mask, clock: systemClock });
  const stopping = stopSignal(stateDir, options.evenHalted === true);
  const place = { run, stateDir, ledger, mask };
  const { notifier, recorder } = await listening({ ...place, recorder: journal }, options.telling);

  const finish = async (given: Omit<RunFinished, "durationMs">): Promise<void> => {
    const finished = { ...given, durationMs: Math.round(systemClock.monotonicMs() - startedMs) };
    await notifier?.hear("run.finished", finished);
    // Who halts waits for no message.
    await notifier?.close(stopping.signal.aborted ? stoppedMs : closingMs);
    await journal.append("run.finished", finished);
    finishRun(ledger, run, finished.outcome, isoTime(systemClock.nowMs()));
  };
  try {
    await journal.append("run.started", { ...started, version });
    const { outcome, result } = await work({ ...place, recorder, stop: stopping.signal, ...(notifier && { tell: notifier.tell }) });
    await finish({ outcome });
    return result;
  } catch (thrown) {
    await finish(endOf(thrown)).catch(() => undefined);
    throw thrown;
  } finally {
    stopping.close();
    journal.close();
    ledger.close();
  }
}

/** The end of a run waits so long for messages that are on their way. */
const closingMs = 2000;
const stoppedMs = 300;

async function listening(place: NotifierPlace, telling: Telling | undefined): Promise<{ notifier?: Notifier; recorder: Recorder }> {
  if (telling === undefined) return { recorder: place.recorder };
  const { openNotifier, heardRecorder } = await import("./open-notifier.ts");
  const notifier = openNotifier(place, telling);
  return { notifier, recorder: heardRecorder(place.recorder, notifier) };
}

/** The last look before an effect: the watch behind `stop` sees a halt up to a tenth of a second late. Errors: ledger/halted, and that of an interrupt. */
export function requireGoing({ stateDir, stop }: Pick<OpenRun, "stateDir" | "stop">): void {
  stop.throwIfAborted();
  refuseWhenHalted(readHalt(stateDir));
}

function refuseWhenHalted(state: HaltState): void {
  if (state.halted) throw haltedError(state);
}

function haltedError(state: Extract<HaltState, { halted: true }>): AgentctlError {
  return new AgentctlError("ledger/halted", `halted by ${state.by}: ${state.reason}`, { hint: "agentctl halt release --reason …", exit: "halted" });
}

function endOf(thrown: unknown): Omit<RunFinished, "durationMs"> {
  if (!(thrown instanceof AgentctlError)) return { outcome: "failed", error: "base/bug", message: messageOf(thrown) };
  return { outcome: outcomeOfExit[thrown.exit] ?? "failed", error: thrown.code, message: thrown.message };
}

function stopSignal(stateDir: string, evenHalted: boolean): { signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const unwatch = evenHalted ? () => undefined : watchHalt(stateDir, (state) => state.halted && controller.abort(haltedError(state)));
  const interrupted = (): void => controller.abort(new AgentctlError("cli/interrupted", "interrupted", { exit: "interrupted" }));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupted);
  return {
    signal: controller.signal,
    close() {
      unwatch();
      for (const signal of signals) process.off(signal, interrupted);
    },
  };
}
