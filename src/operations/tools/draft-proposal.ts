import type { ProposalDrafted } from "../../event/agent-events.ts";
import type { ToolContext } from "./tool.ts";

export interface ProposalContent {
  path: string;
  /** Undefined where the file goes. */
  data: Uint8Array | undefined;
}

export interface DraftedProposal {
  /** p-… */
  proposal: string;
  files: ProposalDrafted["files"];
}

/**
 * Puts a proposal on record. Contents are on disk before the record names them, and hold no secret: that is the caller's to see to. The id follows from run
 * and call, so that doing it twice proposes once. Errors: ledger/halted, the reason of the signal.
 */
export async function draftProposal(
  { open, authority, agent, root, key, signal }: ToolContext,
  { title, rationale, contents }: { title: string; rationale: string; contents: readonly ProposalContent[] },
): Promise<DraftedProposal> {
  const [{ requireGoing }, { proposalId }, { writeBlob }] = await Promise.all([
    import("../in-run.ts"),
    import("./proposal-id.ts"),
    import("../../trace/blobs.ts"),
  ]);
  signal.throwIfAborted();
  requireGoing(open);
  const files = contents.map(({ path, data }) => (data === undefined ? { path, removed: true } : { path, ...writeBlob(open.stateDir, data) }));
  const proposal = proposalId(root, key);
  await open.recorder.append("proposal.drafted", { proposal, key, agent: agent.name, title, rationale, base: authority.commit, files });
  return { proposal, files };
}
