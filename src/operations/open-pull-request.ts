import { AgentctlError } from "../base/errors.ts";
import { openForge, type Forge } from "../forge/github.ts";
import type { PullRequest } from "../forge/pull-request.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { Decision } from "../policy/request.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { findProposal } from "./find-proposal.ts";
import { branchOf, forgeAccess, type ForgeAsked } from "./forge-access.ts";
import { gateReportFor } from "./gate-reports.ts";
import { loadAuthority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { proposalApprovals } from "./proposal-approvals.ts";
import { pullRequestBody, pullRequestTitle } from "./pull-request-body.ts";

export interface PullRequestAsked extends ForgeAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  draft: boolean;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface PullRequestOpened extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  repo: string;
  /** Undefined when policy or a budget did not let it be asked. */
  pull?: { number: number; url: string; state: "opened" | "updated" | "unchanged" } | undefined;
}

/**
 * Opens the one pull request of a proposal's branch, or brings its text up to date; the branch has been pushed. Reaching the host is decided as `net.connect`.
 * Errors: those of `forgeAccess` and `openForge`; `forge/other-head` (verification) where the host's branch is at another commit.
 */
export async function openPullRequest({ cwd, env, proposal: name, draft, onDecision, ...where }: PullRequestAsked): Promise<PullRequestOpened> {
  const authority = await loadAuthority(cwd, env);
  const proposal = await findProposal(authority.repository, name);
  const { place, token, request } = await forgeAccess(authority, env, where);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const repo = `${place.repo.owner}/${place.repo.name}`;
  const { value, ...ended } = await decidedAction(
    { authority, stateDir },
    { command: `proposal push ${proposal.id} --pr`, request, amounts: { wallMs: 120_000 }, env, onDecision },
    async (open) => {
      const mask = maskFor(stateDir, env, { names: authority.config.values.mask.names, secrets: authority.config.secrets });
      const target = branchOf(authority.ref);
      const facts = { proposal, approvals: await proposalApprovals(authority, stateDir, proposal), gates: await gateReportFor(stateDir, proposal), target };
      // What leaves the machine is masked as the record is.
      const text = mask({ title: pullRequestTitle(proposal), body: pullRequestBody(facts) });
      const forge = await openForge(place, { token, bounds: { signal: open.stop } });
      return { outcome: "ok", value: await openOrUpdate(forge, proposal, { ...text, head: `agentctl/${proposal.id}`, base: target, draft }) };
    },
  );
  return { ...ended, proposal: proposal.id, repo, pull: value };
}

async function openOrUpdate(
  forge: Forge,
  proposal: Pick<Proposal, "id" | "head">,
  wanted: Parameters<Forge["openPull"]>[0],
): Promise<NonNullable<PullRequestOpened["pull"]>> {
  const known = await forge.findPull(wanted);
  if (known === undefined) {
    const opened = await forge.openPull(wanted).catch(async (thrown: unknown) => {
      // Somebody else was faster, or the first try was done although its answer was lost.
      const other = thrown instanceof AgentctlError && thrown.code.startsWith("forge/") ? await forge.findPull(wanted) : undefined;
      if (other === undefined) throw thrown;
      return forge.updatePull(other.number, wanted);
    });
    return { ...shown(requireHead(opened, proposal)), state: "opened" };
  }
  requireHead(known, proposal);
  // The host ends lines in its own way.
  if (known.title === wanted.title && known.body.replaceAll("\r\n", "\n") === wanted.body) return { ...shown(known), state: "unchanged" };
  return { ...shown(await forge.updatePull(known.number, { title: wanted.title, body: wanted.body })), state: "updated" };
}

function requireHead(pull: PullRequest, { id, head }: Pick<Proposal, "id" | "head">): PullRequest {
  if (pull.head === head) return pull;
  throw new AgentctlError("forge/other-head", `the pull request #${pull.number} is about ${pull.head.slice(0, 10)}, the proposal is at ${head.slice(0, 10)}`, {
    hint: `agentctl proposal push ${id}`,
    exit: "verification",
  });
}

function shown({ number, url }: PullRequest): { number: number; url: string } {
  return { number, url };
}
