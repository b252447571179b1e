import { existsSync, readFileSync } from "node:fs";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import type { ProposalDrafted } from "../event/agent-events.ts";
import { blobPath, withBodies } from "../trace/blobs.ts";
import { readJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import type { ProposedContent } from "./open-proposal.ts";
import { runParts } from "./run-parts.ts";
import { proposalId } from "./tools/proposal-id.ts";

export interface Draft extends Omit<ProposalDrafted, "files"> {
  /** The run, by all its parts. */
  run: string;
  contents: ProposedContent[];
}

/**
 * What an agent drafted in a run, with the contents that were kept then, each against its digest; with `draft` only that one. Errors: `trace/unknown-run`, `trace/damaged`
 * where the record does not hold, `proposal/no-draft` (usage), `proposal/draft-damaged` (verification).
 */
export async function draftsOf(stateDir: string, name: string, draft?: string): Promise<Draft[]> {
  const { run, files } = runParts(stateDir, name);
  // A call that was made again said the same again.
  const drafts = new Map<string, ProposalDrafted>();
  for (const file of files)
    for await (const record of readJournal(file)) if (isKind(record, "proposal.drafted")) drafts.set(record.data.proposal, withBodies(stateDir, record.data));
  const wanted = [...drafts.values()].filter(({ proposal }) => draft === undefined || proposal === draft);
  if (wanted.length === 0) {
    const why = draft === undefined ? `${run} drafted nothing` : `${run} drafted no ${JSON.stringify(draft)}`;
    throw new AgentctlError("proposal/no-draft", why, {
      hint: drafts.size === 0 ? `agentctl run show ${run}` : `it drafted ${[...drafts.keys()].join(", ")}`,
      exit: "usage",
    });
  }
  return wanted.map(({ files: kept, ...drafted }) => {
    if (drafted.proposal !== proposalId(run, drafted.key)) throw damaged(drafted.proposal, "its id does not follow from its run and its call");
    return {
      ...drafted,
      run,
      contents: kept.map((file) => ({ path: file.path, data: file.removed === true ? undefined : blobOf(stateDir, drafted.proposal, file) })),
    };
  });
}

function blobOf(stateDir: string, proposal: string, { path, sha256: digest = "" }: ProposalDrafted["files"][number]): Uint8Array {
  const place = /^[0-9a-f]{64}$/.test(digest) ? blobPath(stateDir, digest) : undefined;
  const data = place !== undefined && existsSync(place) ? readFileSync(place) : undefined;
  if (data !== undefined && sha256(data) === digest) return data;
  throw damaged(proposal, `what was kept of ${JSON.stringify(path)} is ${data === undefined ? "gone" : "not what was drafted"}`);
}

function damaged(proposal: string, why: string): AgentctlError {
  return new AgentctlError("proposal/draft-damaged", `${proposal}: ${why}`, { hint: "agentctl audit verify", exit: "verification" });
}
