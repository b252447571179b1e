import { systemClock } from "../base/clock.ts";
import { openRepository } from "../git/repository.ts";
import { proposalRows } from "../ledger/proposals.ts";
import type { Proposal, Risk } from "../proposal/proposal.ts";
import { riskOf } from "../proposal/risk.ts";
import { readMessage } from "../proposal/message.ts";
import { loadConfig } from "../workspace/config.ts";
import { protectedCommit } from "../workspace/authority.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";
import { readHeads, withChanges, type Unreadable } from "./find-proposal.ts";
import { proposalStates, type ProposalState } from "./proposal-states.ts";
import { raisedInAll } from "./raised-by.ts";

export interface ProposalSummary {
  proposal: string;
  state: ProposalState;
  /** As the proposer wrote it. */
  title: string;
  proposer: Proposal["proposer"];
  kinds: Risk["kinds"];
  class: Risk["class"];
  /** The least that it takes to land; policy can ask for more, which `proposal show` says. */
  needs: Risk["effect"];
  files: number;
  base: string;
  head: string;
  run?: string | undefined;
  openedMs: number;
  ageMs: number;
  closedMs?: number | undefined;
  closedBy?: string | undefined;
  reason?: string | undefined;
}

export interface ProposalList {
  proposals: ProposalSummary[];
  /** Branches below agentctl/ that are no proposals. */
  unreadable: Unreadable[];
}

/**
 * The proposals of the repository, the newest first: those that are open, or all, or those of one state. A handful of git processes however many there are, and
 * no policy is read and no signature checked: that is `showProposal`'s.
 */
export async function listProposals(asked: { cwd: string; env: NodeJS.ProcessEnv; all: boolean; state?: ProposalState | undefined }): Promise<ProposalList> {
  const workspace = findWorkspace(asked.cwd, asked.env, { initialised: true });
  const { stateDir } = workspace;
  const config = loadConfig(workspace.root, asked.env);
  const repository = openRepository(workspace);
  const [{ commit }, { heads, unreadable }] = await Promise.all([protectedCommit(repository, config), readHeads(repository)]);
  const [states, { proposals, raised }] = await Promise.all([
    proposalStates({ repository, commit, config }, stateDir, heads),
    withChanges(repository, heads).then(async (proposals) => ({ proposals, raised: await raisedInAll(repository, proposals) })),
  ]);
  const nowMs = systemClock.nowMs();
  const listed = proposals.flatMap((proposal, index): ProposalSummary[] => {
    const standing = states.get(proposal.id);
    if (standing === undefined) return [];
    const { state, openedMs, closedMs, closedBy, reason } = standing;
    const risk = riskOf(proposal.changes, raised[index]);
    const { id, title, proposer, base, head, run, changes } = proposal;
    const ended = { ...(closedMs !== undefined && { closedMs }), ...(closedBy !== undefined && { closedBy }), ...(reason !== undefined && { reason }) };
    return [
      {
        proposal: id,
        state,
        title,
        proposer,
        kinds: risk.kinds,
        class: risk.class,
        needs: risk.effect,
        files: changes.length,
        base,
        head,
        ...(run !== undefined && { run }),
        openedMs,
        ageMs: Math.max(0, nowMs - openedMs),
        ...ended,
      },
    ];
  });
  const wanted = ({ state }: ProposalSummary): boolean =>
    asked.state !== undefined ? state === asked.state : asked.all || state === "open" || state === "stale";
  const gone = asked.all || asked.state !== undefined ? await withoutBranch(repository, stateDir, new Set(proposals.map(({ id }) => id)), nowMs) : [];
  const all = [...listed, ...gone].filter((each) => wanted(each));
  return { proposals: all.toSorted((a, b) => b.openedMs - a.openedMs || (a.proposal < b.proposal ? -1 : 1)), unreadable };
}

/** Those that this machine remembers and that have no branch any more. */
async function withoutBranch(
  repository: ReturnType<typeof openRepository>,
  stateDir: string,
  there: ReadonlySet<string>,
  nowMs: number,
): Promise<ProposalSummary[]> {
  const rows = (withLedger(stateDir, (ledger) => proposalRows(ledger)) ?? []).filter(({ proposal }) => !there.has(proposal));
  const commits = await repository.readCommits(rows.map(({ head }) => head));
  const pairs = rows.flatMap(({ base, head }, index) => (commits[index] === undefined ? [] : [[base, head] as const]));
  const changes = new Map((await repository.commitChanges(pairs)).map((each, index) => [pairs[index]?.[1], each]));
  return rows.map(({ proposal, head, base, proposer, state, openedMs, closedMs, closedBy, reason }, index) => {
    const words = commits[index] === undefined ? undefined : readMessage(commits[index].message);
    const risk = riskOf(changes.get(head) ?? []);
    return {
      proposal,
      // Its branch went without a word to this machine.
      state: state === "open" ? "withdrawn" : state,
      title: words?.title ?? "",
      proposer,
      kinds: risk.kinds,
      class: risk.class,
      needs: risk.effect,
      files: changes.get(head)?.length ?? 0,
      base,
      head,
      openedMs,
      ageMs: Math.max(0, nowMs - openedMs),
      closedMs,
      closedBy,
      reason,
    };
  });
}
