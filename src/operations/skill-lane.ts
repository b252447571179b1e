import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { laneOf, markUntrusted } from "../ledger/lanes.ts";
import type { JobResult } from "../runner/job.ts";
import { claimLane, untrustedFile, type LaneAnswer, type LaneContext } from "./claim-lane.ts";
import { isCommitted } from "./is-committed.ts";
import type { Authority } from "./load-authority.ts";
import type { UsableSkill } from "./usable-skill.ts";

/**
 * Before a skill runs: one that nobody vouched for brings the run into the lane `untrusted`, and so does any skill that is given what such a one made. Besides
 * skills from elsewhere without trust these are files that are not in the commit, an edit of an own skill or a copy under another name: who can write the working
 * tree decides nothing. "No" where the run has used the sidecar.
 */
export async function enterSkillLane(
  context: LaneContext & { authority: Authority },
  found: UsableSkill,
  given: readonly { path: string; sha256: string }[],
): Promise<LaneAnswer> {
  const why = await whyUntrusted(context, found, given);
  return why === undefined ? { ok: true } : claimLane(context, "untrusted", why);
}

async function whyUntrusted(
  { authority, open }: LaneContext & { authority: Authority },
  found: UsableSkill,
  given: readonly { path: string; sha256: string }[],
): Promise<string | undefined> {
  if (found.trust === "untrusted") return `the skill ${found.name} is not trusted`;
  if (!(await isCommitted(authority, found))) return `the skill ${found.name} is not as it is committed`;
  return given.map(({ path, sha256: digest }) => untrustedFile(open.ledger, { name: path, sha256: digest })).find((reason) => reason !== undefined);
}

/** After it ran in that lane: its files and what it printed, in the forms in which people save that, are known by their digests. */
export function noteSkillOutput({ open, root }: LaneContext, job: Pick<JobResult, "artifacts" | "stdout">, output: unknown): void {
  if (laneOf(open.ledger, root)?.lane !== "untrusted") return;
  const printed = [Buffer.from(job.stdout).toString("utf8"), ...(output === undefined ? [] : [canonicalJson(output), JSON.stringify(output, null, 2)])];
  const texts = printed.flatMap((text) => [text, text.trimEnd(), `${text.trimEnd()}\n`]).filter((text) => text.trim() !== "");
  const files = job.artifacts.map(({ data }) => data).filter(({ length }) => length > 0);
  markUntrusted(open.ledger, root, [...new Set([...texts, ...files].map((data) => sha256(data)))]);
}
