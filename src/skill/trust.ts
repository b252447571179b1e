import type { SkillLock } from "./lock.ts";

/** own: written here; trusted: from elsewhere, these very files trusted; untrusted: from elsewhere. */
export type Trust = "own" | "trusted" | "untrusted";

export interface TrustQuestion {
  name: string;
  /** Digest of the files that would run. */
  digest: string;
  /** Lock of the commit that policy is read from; undefined when it cannot be read. */
  protectedLock: SkillLock | undefined;
  /** Lock of the working tree; undefined when it cannot be read. */
  workingLock: SkillLock | undefined;
}

/**
 * How far a skill is trusted. Only the commit can give trust, the working tree can only take it away: a skill from elsewhere is trusted when the
 * commit's lock trusts exactly these files and the working tree's lock, where it names the skill, does too. Anything unclear is untrusted.
 */
export function trustOf({ name, digest, protectedLock, workingLock }: TrustQuestion): Trust {
  if (protectedLock === undefined || workingLock === undefined) return "untrusted";
  const committed = protectedLock.get(name);
  const working = workingLock.get(name);
  if (committed === undefined && working === undefined) return "own";
  const agree = [committed, working ?? committed].every((entry) => entry?.trust === "trusted" && entry.digest === digest);
  return agree ? "trusted" : "untrusted";
}
