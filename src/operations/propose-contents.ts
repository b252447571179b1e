import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { proposalRow } from "../ledger/proposals.ts";
import type { Decision } from "../policy/request.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal, proposalRefs, readProposals, withdrawnRefs } from "./find-proposal.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { inTurn } from "./in-turn.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { openProposal, treeWith, type ProposalWanted } from "./open-proposal.ts";
import { personName } from "./person.ts";
import { committedLimits } from "./proposal-limits.ts";
import { proposalStates } from "./proposal-states.ts";
import { requireContents, requireNoSecrets } from "./require-contents.ts";

export interface ProposeContentsAsked extends Omit<ProposalWanted, "base" | "replaces"> {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The words typed. */
  command: string;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface ProposeContentsResult extends Omit<DecidedRun<never>, "value"> {
  /** Undefined when policy or a budget did not let it be made. */
  proposal?: Proposal | undefined;
  /** It was there before; nothing was made. */
  already?: true | undefined;
}

interface Made {
  proposal: Proposal;
  already?: true;
}

/**
 * Makes a proposal of files as one run: policy decides it as `proposal.open`, and only then is anything written. The person at the shell asks, whoever the proposer
 * is. An id that is there already answers what is there. Errors (exit usage): `tool/bad-proposal` naming the path, `proposal/secret`, `proposal/duplicate` naming
 * the other one, `proposal/too-many`, `proposal/closed`, and those of `openProposal` and `inTurn`.
 */
export async function proposeContents({ cwd, env, command, onDecision, ...wanted }: ProposeContentsAsked): Promise<ProposeContentsResult> {
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  await requireContents(authority, wanted.contents);
  const { value, ...ended } = await decidedAction<Made>(
    { authority, stateDir },
    {
      command,
      request: {
        action: "proposal.open",
        class: "W",
        actor: { kind: "person", name: personName() },
        args: { title: wanted.title, paths: wanted.contents.map(({ path }) => path), proposer: `${wanted.proposer.kind} ${wanted.proposer.name}` },
      },
      amounts: { wallMs: 120_000 },
      env,
      onDecision,
    },
    async (open) => ({ outcome: "ok", value: await made(open, authority, wanted, env) }),
  );
  return { ...ended, ...value };
}

async function made(open: OpenRun, authority: Authority, wanted: Omit<ProposalWanted, "base" | "replaces">, env: NodeJS.ProcessEnv): Promise<Made> {
  requireNoSecrets(open.mask, wanted);
  return inTurn(open, async () => {
    const there = wanted.id === undefined ? undefined : await byId(open, authority, wanted.id);
    if (there !== undefined) return { proposal: there, already: true };
    await requireRoom(open, authority, wanted, env);
    requireGoing(open);
    return { proposal: await openProposal(open, authority, wanted) };
  });
}

async function byId({ ledger }: OpenRun, { repository }: Authority, id: string): Promise<Proposal | undefined> {
  const refs = await repository.listRefs(proposalRefs);
  if (refs.some(({ ref }) => ref === `${proposalRefs}/${id}`)) return findProposal(repository, id);
  const row = proposalRow(ledger, id);
  const gone = await repository.listRefs(withdrawnRefs);
  const state = row !== undefined && row.state !== "open" ? row.state : gone.some(({ ref }) => ref === `${withdrawnRefs}/${id}`) ? "withdrawn" : undefined;
  if (state === undefined) return undefined;
  throw new AgentctlError("proposal/closed", `${id} was proposed before, and is ${state}`, { hint: `agentctl proposal --all`, exit: "usage" });
}

/** Neither the same change twice, nor more than people can look at. */
async function requireRoom(
  { stateDir }: OpenRun,
  authority: Authority,
  { contents, signature, proposer }: Omit<ProposalWanted, "base" | "replaces">,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { repository, commit } = authority;
  const { proposals } = await readProposals(repository);
  const states = await proposalStates(authority, stateDir, proposals);
  const open = proposals.filter(({ id }) => ["open", "stale"].includes(states.get(id)?.state ?? ""));
  const tree = await treeWith(repository, commit, contents);
  const same = open.find(
    ({ id, ...each }) => (each.base === commit && each.tree === tree) || (signature !== undefined && states.get(id)?.signature === signature),
  );
  if (same !== undefined) {
    throw new AgentctlError("proposal/duplicate", `${same.id} proposes this already`, {
      hint: `agentctl proposal show ${same.id}`,
      exit: "usage",
      details: { proposal: same.id },
    });
  }
  const limits = await committedLimits(authority, env);
  requireFewer(open.length, limits.openMax, "", "proposals.openMax");
  if (proposer.kind === "agent") {
    const own = open.filter((each) => each.proposer.kind === "agent" && each.proposer.name === proposer.name);
    requireFewer(own.length, limits.openPerAgentMax, ` of ${proposer.name}`, "proposals.openPerAgentMax");
  }
}

function requireFewer(count: number, most: number, whose: string, key: string): void {
  if (count < most) return;
  throw new AgentctlError("proposal/too-many", `${count} proposals${whose} are open, and at most ${most} may be (${key})`, {
    hint: "land, reject or withdraw some: agentctl proposal",
    exit: "usage",
  });
}
