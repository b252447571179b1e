import { rateOf, type Rate } from "./wilson.ts";

/** One try of a task: an objective that was given to an agent, or a skill that was called. */
export interface Attempt {
  run: string;
  kind: "agent" | "skill";
  /** Of the agent or the skill. */
  name: string;
  /** What was asked: attempts with the same text are of one task. */
  task: string;
  /** RFC 3339 in UTC. */
  started: string;
  /** How it ended; null while it works. */
  outcome: string | null;
  /** What it depended on, by name (`skill`, `model`, `policy`): digests, names, commits. */
  versions: Readonly<Record<string, string | null>>;
}

/** A task that had been done, and was not any more. */
export interface Regression {
  kind: Attempt["kind"];
  name: string;
  /** The attempt that failed. */
  run: string;
  started: string;
  outcome: string;
  /** The last attempt before it that went well. */
  before: string;
  /** What differs between the two; nothing that is known, where it is empty. */
  changed: { what: string; from: string | null; to: string | null }[];
}

/** Neither good nor bad: it goes on, waits for people, or somebody or something stopped it from outside. A crash counts as an incident. */
export const unjudgedOutcomes = ["waiting", "halted", "interrupted", "cancelled", "unknown"] as const;

/** Whether an attempt says something about the task. */
function isJudged({ outcome }: Pick<Attempt, "outcome">): boolean {
  return outcome !== null && !unjudgedOutcomes.some((other) => other === outcome);
}

export interface Judged {
  /** Of the attempts that say something, those that ended `ok`. */
  success: Rate;
  /** Of the attempts at tasks that had been done before, those that failed. */
  regression: Rate;
  regressions: Regression[];
}

/**
 * Success and regression of the attempts that started within [`from`, `to`); those before are what they are compared with. An attempt fails when it ends
 * in anything but `ok` and says something (`isJudged`); it is a regression when an attempt before it at the same task went well.
 */
export function judgeTasks(attempts: readonly Attempt[], { from, to }: { from: string; to: string }): Judged {
  const done = new Map<string, Attempt>();
  const counted = { judged: 0, ok: 0, again: 0 };
  const regressions: Regression[] = [];
  for (const attempt of attempts.filter(isJudged).toSorted((a, b) => compare(a.started, b.started) || compare(a.run, b.run))) {
    const task = JSON.stringify([attempt.kind, attempt.name, attempt.task]);
    const before = done.get(task);
    const within = attempt.started >= from && attempt.started < to;
    const ok = attempt.outcome === "ok";
    if (ok) done.set(task, attempt);
    if (!within) continue;
    counted.judged += 1;
    if (ok) counted.ok += 1;
    if (before === undefined) continue;
    counted.again += 1;
    if (!ok) regressions.push(regressionOf(attempt, before));
  }
  return { success: rateOf(counted.ok, counted.judged), regression: rateOf(regressions.length, counted.again), regressions };
}

function regressionOf({ kind, name, run, started, outcome, versions }: Attempt, before: Attempt): Regression {
  const names = [...new Set([...Object.keys(before.versions), ...Object.keys(versions)])];
  const changed = names.flatMap((what) => {
    const [from, to] = [before.versions[what] ?? null, versions[what] ?? null];
    return from === to ? [] : [{ what, from, to }];
  });
  return { kind, name, run, started, outcome: outcome ?? "", before: before.run, changed };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An objective as tasks are told apart by it: without regard to case and space. */
export function normalisedObjective(objective: string): string {
  return objective.normalize("NFC").toLowerCase().replaceAll(/\s+/g, " ").trim();
}
