import type { Attempt } from "./attempts.ts";
import type { JobResult } from "./job.ts";

/** One escape or abuse, tried for real on this engine. */
export interface Probe {
  id: string;
  what: string;
  expected: "held" | "open";
  /** What was seen. */
  found: string;
  /** Whether the sandbox withstood it. One that could not be tried does not count as held. */
  held: boolean;
}

/** What came of an attempt: the script's answer is [open, found]. */
export function toProbe(attempt: Attempt, answer: unknown): Probe {
  const [isOpen, found] = Array.isArray(answer) ? (answer as unknown[]) : [];
  return { ...attempt, found: typeof found === "string" ? found : "could not be tried", held: isOpen === false };
}

/** The answers of a script of probes, by id; none when it did not answer. */
export function readAnswers(result: JobResult): { readonly [id: string]: unknown } {
  try {
    return JSON.parse(Buffer.from(result.stdout).toString("utf8")) as { [id: string]: unknown };
  } catch {
    return {};
  }
}
