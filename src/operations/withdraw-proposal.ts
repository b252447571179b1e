import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { endProposal } from "../ledger/proposals.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal, withdrawnRefs } from "./find-proposal.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { proposalStates } from "./proposal-states.ts";

export interface Withdrawn extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  /** Where its commit is kept; undefined when policy did not let it go. */
  kept?: string | undefined;
}

/**
 * Takes a proposal back: its branch goes, its commit is kept in `refs/agentctl/withdrawn/<id>`, together or not at all. Errors: those of `findProposal`;
 * `proposal/landed` (usage): what has landed is rolled back.
 */
export async function withdrawProposal(asked: { cwd: string; env: NodeJS.ProcessEnv; proposal: string; reason: string }): Promise<Withdrawn> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const proposal = await findProposal(authority.repository, asked.proposal);
  await requireNotLanded(authority, stateDir, proposal);
  const { value, ...ended } = await decidedAction(
    { authority, stateDir },
    {
      command: `proposal withdraw ${proposal.id}`,
      request: { action: "proposal.open", class: "W", actor: { kind: "person", name: personName() }, args: { proposal: proposal.id, withdraw: true } },
      amounts: { wallMs: 60_000 },
      env: asked.env,
    },
    async (open) => ({ outcome: "ok", value: await withdrawn(open, authority, proposal, asked.reason) }),
  );
  return { ...ended, proposal: proposal.id, kept: value };
}

export async function requireNotLanded(authority: Authority, stateDir: string, { id, ...proposal }: Proposal): Promise<void> {
  const state = (await proposalStates(authority, stateDir, [{ id, ...proposal }])).get(id)?.state;
  if (state !== "landed" && state !== "rolled-back") return;
  throw new AgentctlError("proposal/landed", `${id} has landed${state === "landed" ? "" : ", and was rolled back"}`, {
    hint: `agentctl proposal rollback ${id}`,
    exit: "usage",
  });
}

async function withdrawn(open: OpenRun, { repository }: Authority, { id, ref, head }: Proposal, reason: string): Promise<string> {
  const kept = `${withdrawnRefs}/${id}`;
  const by = personName();
  const before = await repository.readRef(kept);
  await open.recorder.append("proposal.closed", { proposal: id, head, state: "withdrawn", by, reason });
  requireGoing(open);
  await repository.updateRefs([{ ref, next: undefined, old: head }, ...(before === head ? [] : [{ ref: kept, next: head, old: before }])]);
  endProposal(open.ledger, { proposal: id, state: "withdrawn", closedBy: by, reason: open.mask(reason), nowMs: systemClock.nowMs() });
  return kept;
}
