import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { newestPolicy, notePolicy } from "../ledger/proposals.ts";
import type { Authority } from "./load-authority.ts";

/**
 * How often policies/ changed along the protected branch: grows with every landing and every rollback. A lower number than this machine has seen, or another
 * history of the same number, means that an older policy was put back; then nothing is approved and nothing lands. `note` keeps what was seen.
 * Errors: `proposal/older-policy` (denied), `git/shallow`.
 */
export async function policyVersion(
  { repository, commit }: Pick<Authority, "repository" | "commit">,
  ledger: Ledger | undefined,
  options: { note?: boolean } = {},
): Promise<number> {
  await repository.firstCommit();
  const version = await repository.countChanges(commit, "policies");
  const seen = ledger === undefined ? undefined : newestPolicy(ledger);
  const gone = seen !== undefined && seen.commit !== commit && !(await repository.isAncestor(seen.commit, commit).catch(() => false));
  if (seen !== undefined && (version < seen.version || gone)) {
    throw new AgentctlError(
      "proposal/older-policy",
      `the policies of ${commit.slice(0, 10)} are version ${version}; this machine has seen version ${seen.version} in ${seen.commit.slice(0, 10)}, which is not in its history`,
      { hint: "bring the protected branch back to that commit; an older policy comes back by a rollback, as a new version", exit: "denied" },
    );
  }
  if (ledger !== undefined && options.note === true) notePolicy(ledger, { version, commit, nowMs: systemClock.nowMs() });
  return version;
}
