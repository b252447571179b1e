import { firstParents } from "../git/first-parents.ts";
import type { CommitObject, TreeChange } from "../git/history.ts";
import { isProposalId, readMessage } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { Authority } from "./load-authority.ts";

/** How a rollback's commit names what it takes back, among its evidence. */
const marker = "rollback of ";

export function rollbackEvidence(id: string, merge: string): string[] {
  return [`${marker}${id}`, `merge ${merge}`];
}

/** A landing on the protected branch. */
export interface LandedMerge {
  merge: CommitObject;
  /** The branch before it. */
  before: string;
  head: string;
  changes: TreeChange[];
}

/**
 * The newest merge in the history of the protected branch that brought a proposal, by its trailers, or by its head where that is given (another tool may have
 * written the merge); undefined where there is none.
 */
export async function mergeOf(
  { repository, commit }: Pick<Authority, "repository" | "commit">,
  id: string,
  proposed?: string,
): Promise<LandedMerge | undefined> {
  const history = await firstParents(repository, commit);
  const merge = history.find(({ parents, message }) => parents.length === 2 && (parents[1] === proposed || readMessage(message)?.id === id));
  const [before, head] = merge?.parents ?? [];
  if (merge === undefined || before === undefined || head === undefined) return undefined;
  const [changes = []] = await repository.treeChanges([[before, merge.oid]]);
  return { merge, before, head, changes };
}

/**
 * The proposal that this one takes back, where its files prove it: each path goes from exactly what that landing brought to exactly what was there before it. What
 * the commit says of itself is only where to look. To take a rollback back is none: that brings a change in again, which is gated and approved as any other.
 */
export async function provenRollback(
  authority: Pick<Authority, "repository" | "commit">,
  { evidence, changes }: Pick<Proposal, "evidence" | "changes">,
): Promise<string | undefined> {
  const id = evidence.find((each) => each.startsWith(marker))?.slice(marker.length);
  if (id === undefined || !isProposalId(id)) return undefined;
  const landed = await mergeOf(authority, id);
  if (landed === undefined || changes.length !== landed.changes.length || (await isRollback(authority, landed.head))) return undefined;
  const brought = new Map(landed.changes.map((change) => [change.path, change]));
  const proven = changes.every(({ path, before, after }) => {
    const there = brought.get(path);
    return there !== undefined && sameSide(there.after, before) && sameSide(there.before, after);
  });
  return proven ? id : undefined;
}

async function isRollback({ repository }: Pick<Authority, "repository">, head: string): Promise<boolean> {
  const [commit] = await repository.readCommits([head]);
  const evidence = commit === undefined ? undefined : readMessage(commit.message)?.evidence;
  return evidence === undefined || evidence.some((each) => each.startsWith(marker));
}

export function sameSide(a: TreeChange["before"], b: TreeChange["before"]): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}
