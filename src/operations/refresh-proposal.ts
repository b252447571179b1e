import { isDeepStrictEqual } from "node:util";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { proposalRow } from "../ledger/proposals.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal } from "./find-proposal.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { openProposal, type ProposedContent } from "./open-proposal.ts";
import { personName } from "./person.ts";
import { proposalStates } from "./proposal-states.ts";
import { requireContents } from "./require-contents.ts";
import { requireNotLanded } from "./withdraw-proposal.ts";

export interface Refreshed extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  base?: string | undefined;
  /** Undefined when policy did not let it be made. */
  head?: string | undefined;
  replaces: string;
}

/**
 * Makes the same change anew on the protected branch's commit of today; path by path, by what lies there. The branch moves only from the head that was read.
 * Answers that were given to the old head fit no more. Errors: those of `findProposal`; (exit usage) `proposal/landed`, `proposal/fresh` where there is nothing to
 * do; `proposal/conflict` naming the paths that both changed.
 */
export async function refreshProposal(asked: { cwd: string; env: NodeJS.ProcessEnv; proposal: string }): Promise<Refreshed> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const proposal = await findProposal(authority.repository, asked.proposal);
  await requireNotLanded(authority, stateDir, proposal);
  const state = (await proposalStates(authority, stateDir, [proposal])).get(proposal.id)?.state ?? "open";
  if (state === "rejected") {
    throw new AgentctlError("proposal/closed", `${proposal.id} is rejected, and making it anew does not change what was said`, {
      hint: "agentctl propose makes another one",
      exit: "usage",
    });
  }
  if (proposal.base === authority.commit && state === "open") {
    throw new AgentctlError("proposal/fresh", `${proposal.id} is on ${authority.commit.slice(0, 10)} already`, {
      hint: `agentctl proposal show ${proposal.id}`,
      exit: "usage",
    });
  }
  const contents = await contentsToday(authority, proposal);
  if (contents.length === 0) {
    throw new AgentctlError("proposal/nothing", `the protected branch has all of ${proposal.id} already`, {
      hint: `agentctl proposal withdraw ${proposal.id}`,
      exit: "usage",
    });
  }
  await requireContents(authority, contents);
  const { value, ...ended } = await decidedAction<Proposal>(
    { authority, stateDir },
    {
      command: `proposal refresh ${proposal.id}`,
      request: { action: "proposal.open", class: "W", actor: { kind: "person", name: personName() }, args: { proposal: proposal.id, refresh: true } },
      amounts: { wallMs: 120_000 },
      env: asked.env,
    },
    async (open) => ({ outcome: "ok", value: await refreshed(open, authority, proposal, contents) }),
  );
  return { ...ended, proposal: proposal.id, base: value?.base, head: value?.head, replaces: proposal.head };
}

async function refreshed(open: OpenRun, authority: Authority, proposal: Proposal, contents: readonly ProposedContent[]): Promise<Proposal> {
  const { id, title, rationale, proposer, triggeredBy, run, evidence, head } = proposal;
  const signature = proposalRow(open.ledger, id)?.signature;
  requireGoing(open);
  return openProposal(open, authority, { id, title, rationale, proposer, triggeredBy, run, evidence, contents, signature, replaces: head });
}

/** What is left to change today. A path that the branch changed too is only taken where both say the same. */
async function contentsToday({ repository, commit }: Authority, { id, changes }: Proposal): Promise<ProposedContent[]> {
  const tip = new Map((await repository.listTree(commit)).map(({ path, mode, oid }) => [path, { mode, oid }]));
  const left = changes.filter(({ path, after }) => !isDeepStrictEqual(tip.get(path), after));
  const conflicts = left.filter(({ path, before }) => !isDeepStrictEqual(tip.get(path), before)).map(({ path }) => path);
  if (conflicts.length > 0) {
    throw new AgentctlError(
      "proposal/conflict",
      `${id} and the protected branch changed the same: ${conflicts
        .slice(0, 10)
        .map((path) => JSON.stringify(path))
        .join(", ")}`,
      {
        hint: `agentctl proposal withdraw ${id}, and propose it anew`,
        details: { paths: conflicts },
      },
    );
  }
  const odd = left.find(({ after }) => after !== undefined && after.mode !== "100644" && after.mode !== "100755");
  if (odd !== undefined) {
    throw new AgentctlError("proposal/conflict", `${JSON.stringify(odd.path)} is no plain file, and would never land`, {
      hint: `agentctl proposal withdraw ${id}`,
      details: { paths: [odd.path] },
    });
  }
  const blobs = await repository.readBlobs(left.flatMap(({ after }) => after?.oid ?? []));
  let at = 0;
  return left.map(({ path, after }) => {
    if (after === undefined) return { path, data: undefined };
    const data = blobs[at++];
    if (data === undefined)
      throw new AgentctlError("git/missing-object", `the content of ${JSON.stringify(path)} is not in the repository`, { hint: "git fsck" });
    return { path, data, program: after.mode === "100755" };
  });
}
