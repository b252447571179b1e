import { landProposal, type LandResult } from "../../src/operations/land-proposal.ts";
import { voteProposal, type VoteTaken } from "../../src/operations/vote-proposal.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import type { ProposalWorld } from "./proposals.ts";

export const ada = "ada@example.org";
export const bob = "bob@example.org";

type Wanted = Parameters<ProposalWorld["propose"]>[0];

/** A person's yes, with their key. */
export function agree({ dir, keys }: ProposalWorld, { id }: Pick<Proposal, "id">, who = ada): Promise<VoteTaken> {
  return voteProposal({ cwd: dir, env: {}, proposal: id, vote: "approve", note: "", key: keys[who]?.path });
}

/** A proposal whose gates have passed and that these people have approved. */
export async function agreed(world: ProposalWorld, wanted: Wanted = {}, people: readonly string[] = [ada]): Promise<Proposal> {
  const proposal = await world.propose(wanted);
  await world.putReport(proposal);
  for (const who of people) await agree(world, proposal, who);
  return proposal;
}

export function land({ dir }: Pick<ProposalWorld, "dir">, { id }: Pick<Proposal, "id">, dryRun = false): Promise<LandResult> {
  return landProposal({ cwd: dir, env: {}, proposal: id, dryRun });
}

/** Contents of a proposal: text by path, undefined where the file goes. */
export function files(texts: Record<string, string | undefined>): { path: string; data: Buffer | undefined }[] {
  return Object.entries(texts).map(([path, text]) => ({ path, data: text === undefined ? undefined : Buffer.from(text) }));
}

/** What plain git says of the working tree and of the index, one line a file. */
export function status({ git }: Pick<ProposalWorld, "git">): string[] {
  return git("status", "--porcelain")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
