import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { endProposal, noteUnknown } from "../ledger/proposals.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal, withdrawnRefs } from "./find-proposal.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { proposalStates } from "./proposal-states.ts";
import { proposerHere } from "./proposer-here.ts";

export interface Withdrawn extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  proposer: Proposal["proposer"];
  /** Withdrawn by whoever proposed it; of an agent's never. */
  own: boolean;
  /** Where its commit is kept; undefined when policy did not let it go. */
  kept?: string | undefined;
}

/**
 * Takes a proposal back: its branch goes, its commit is kept in `refs/agentctl/withdrawn/<id>`, together or not at all. Policy sees whose it is, and the record says
 * so: whoever may propose may also clear away what others proposed, where no rule forbids it. Errors: those of `findProposal`;
 * `proposal/landed` (usage): what has landed is rolled back.
 */
export async function withdrawProposal(asked: { cwd: string; env: NodeJS.ProcessEnv; proposal: string; reason: string }): Promise<Withdrawn> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const proposal = await findProposal(authority.repository, asked.proposal);
  await requireNotLanded(authority, stateDir, proposal);
  const { id, proposer } = proposal;
  const here = await proposerHere(authority);
  const own = proposer.kind === here.kind && proposer.name === here.name;
  const args = { proposal: id, withdraw: true, proposer: proposerOf(proposal), own };
  const { value, ...ended } = await decidedAction(
    { authority, stateDir },
    {
      command: `proposal withdraw ${id}`,
      request: { action: "proposal.open", class: "W", actor: { kind: "person", name: personName() }, args },
      amounts: { wallMs: 60_000 },
      env: asked.env,
    },
    async (open) => ({ outcome: "ok", value: await withdrawn(open, authority, proposal, { reason: asked.reason, own }) }),
  );
  return { ...ended, proposal: id, proposer, own, kept: value };
}

function proposerOf({ proposer: { kind, name } }: Proposal): string {
  return `${kind} ${name}`;
}

export async function requireNotLanded(authority: Authority, stateDir: string, { id, ...proposal }: Proposal): Promise<void> {
  const state = (await proposalStates(authority, stateDir, [{ id, ...proposal }])).get(id)?.state;
  if (state !== "landed" && state !== "rolled-back") return;
  throw new AgentctlError("proposal/landed", `${id} has landed${state === "landed" ? "" : ", and was rolled back"}`, {
    hint: `agentctl proposal rollback ${id}`,
    exit: "usage",
  });
}

async function withdrawn(
  { recorder, ledger, mask, run, stateDir, stop }: OpenRun,
  { repository }: Authority,
  proposal: Proposal,
  { reason, own }: { reason: string; own: boolean },
): Promise<string> {
  const { id, ref, head, base, proposer } = proposal;
  const kept = `${withdrawnRefs}/${id}`;
  const by = personName();
  const before = await repository.readRef(kept);
  await recorder.append("proposal.closed", { proposal: id, head, state: "withdrawn", by, reason, proposer: proposerOf(proposal), own });
  requireGoing({ stateDir, stop });
  await repository.updateRefs([{ ref, next: undefined, old: head }, ...(before === head ? [] : [{ ref: kept, next: head, old: before }])]);
  const nowMs = systemClock.nowMs();
  noteUnknown(ledger, { proposal: id, head, base, proposer, signature: undefined, run, nowMs });
  endProposal(ledger, { proposal: id, state: "withdrawn", closedBy: by, reason: mask(reason), nowMs });
  return kept;
}
