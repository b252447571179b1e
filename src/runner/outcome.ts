import { constants } from "node:os";
import type { JobOutcome } from "./job.ts";
import type { JobRecord } from "./protocol.ts";

/** What is known when a container has ended. Only the engine's word and our own deeds are certain; `record` is the job's own word. */
export interface EndFacts {
  /** The caller's signal was aborted. */
  cancelled: boolean;
  /** Killed by the host, because the limit inside did not hold. */
  killedForTime: boolean;
  /** What was wrong with the records, in words. */
  fault: string | undefined;
  record: Extract<JobRecord, { t: "exit" | "fail" }> | undefined;
  /** From the engine's wait; undefined when it was not waited for. */
  waitCode: number | undefined;
  /** From inspect, the engine's events, or the counter inside. */
  oomKilled: boolean;
}

export interface End {
  outcome: JobOutcome;
  exitCode: number | undefined;
  signal: string | undefined;
  /** Why, in words, where the outcome alone does not say it. */
  detail: string | undefined;
}

/** Tells the ways to end apart. Pure. */
export function judge(facts: EndFacts): End {
  const exit = facts.record?.t === "exit" ? facts.record : undefined;
  const exitCode = facts.waitCode ?? (exit === undefined ? undefined : (exit.code ?? 128 + (exit.signal ?? 0)));
  const signal = signalName(exit?.signal ?? (exit === undefined && exitCode !== undefined && exitCode > 128 ? exitCode - 128 : undefined));
  const end = (outcome: JobOutcome, detail?: string): End => ({ outcome, exitCode, signal, detail });

  if (facts.cancelled) return end("cancelled");
  if (facts.oomKilled) return end("oom");
  if (facts.killedForTime || exit?.why === "timeout") return end("timeout");
  if (exit?.why === "overflow") return end("output-overflow");
  if (facts.fault !== undefined) return end("crashed", facts.fault);
  if (facts.record?.t === "fail") return end("crashed", facts.record.why);
  // From inside, nothing can kill the first process of a container.
  if (exit === undefined && facts.waitCode === 137) return end("cancelled", "killed from outside: a halt, a sweep, or a person");
  if (exit === undefined) return end("crashed", "the launcher ended without a last word");
  if (facts.waitCode !== undefined && facts.waitCode !== (exit.code ?? 128 + (exit.signal ?? 0))) {
    return end("crashed", `the launcher reported ${exit.code ?? `signal ${exit.signal}`}, the engine ${facts.waitCode}`);
  }
  if (exit.signal !== undefined) return end("crashed", `ended by ${signal}`);
  return end(exitCode === 0 ? "ok" : "failed");
}

function signalName(number: number | undefined): string | undefined {
  if (number === undefined) return undefined;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
