import type { CheckName, GateLimitName } from "../../base/gate-limits.ts";
import type { Subject } from "./subject.ts";

/** One question of the gate. */
export interface Check {
  name: CheckName;
  /** What it asks, and why a strategy that fails it is not to be trusted. */
  meaning: string;
  /** Limits beside its own that it asks by. */
  needs?: readonly GateLimitName[];
  /** What it throws is a check that could not be asked, which has failed. */
  ask(subject: Subject): Promise<Found>;
}

export interface Found {
  /** null where it is undefined, which never passes. */
  figure: number | null;
  /** One line for people: what was found, over what. */
  found: string;
  /** False when something beside the figure was found that lets nothing pass. */
  sound?: boolean;
}

/** The limit of this name. Throws when no policy sets it; `askCheck` has looked before. */
export function limitOf(subject: Subject, name: GateLimitName): number {
  const limit = subject.limits[name];
  if (limit === undefined) throw new Error(`no policy sets ${name}`);
  return limit;
}
