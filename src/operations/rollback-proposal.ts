import { AgentctlError } from "../base/errors.ts";
import { isProposalId } from "../proposal/message.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { proposalRef, readProposals } from "./find-proposal.ts";
import { gateReportFor } from "./gate-reports.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun } from "./in-run.ts";
import { inTurn } from "./in-turn.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { openProposal, type ProposedContent } from "./open-proposal.ts";
import { personName } from "./person.ts";
import { proposerHere } from "./proposer-here.ts";
import { mergeOf, provenRollback, rollbackEvidence, sameSide, type LandedMerge } from "./proven-rollback.ts";
import { keepRollbackReport } from "./rollback-report.ts";

export interface RollbackAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The one that landed. */
  proposal: string;
  reason: string;
}

export interface RollbackMade {
  /** The proposal that takes it back. */
  proposal: string;
  reverts: string;
  /** The merge that it takes back. */
  merge: string;
  files: string[];
  /** It was made before; nothing was made. */
  already: boolean;
}

/**
 * Makes the reverse of a landing, on top of the protected branch as it is now: a proposal like any other, that asks for the approval its class needs and lands as a
 * new commit and a new version of the policies. Needs neither engine nor model, and works while halted. A path that was changed since is a conflict, and nothing is
 * made. Errors (exit usage) `proposal/not-landed`; (exit failed) `proposal/changed-since` naming the paths.
 */
export async function rollbackProposal({ cwd, env, proposal: name, reason }: RollbackAsked): Promise<RollbackMade> {
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const landed = await landedOf(authority, name);
  const { merge, changes } = landed;
  const made = { reverts: name, merge: merge.oid, files: changes.map(({ path }) => path) };
  const contents = await contentsBefore(authority, landed);
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, env, { names: config.values.mask.names, secrets: config.secrets });
  const started = { ...outsidePolicy(`proposal rollback ${name}`, personName()), policy: { commit, digest: set.digest } };
  return inRun({ stateDir, mask, started, evenHalted: true }, async (open) => {
    const { proposal, already } = await inTurn(open, async () => {
      const there = await openRollback(authority, name);
      if (there !== undefined) return { proposal: there, already: true };
      const wanted = {
        title: `Roll back ${name}`,
        rationale: reason,
        proposer: await proposerHere(authority),
        triggeredBy: `rollback of ${name}`,
        evidence: rollbackEvidence(name, merge.oid),
        contents,
      };
      return { proposal: await openProposal(open, authority, wanted), already: false };
    });
    const proven = (await provenRollback(authority, proposal)) !== undefined;
    if (proven && (await gateReportFor(stateDir, proposal)) === undefined) await keepRollbackReport(open, authority, proposal, name);
    return { outcome: "ok", result: { ...made, proposal: proposal.id, already } };
  });
}

async function landedOf(authority: Authority, name: string): Promise<LandedMerge> {
  const head = isProposalId(name) ? await authority.repository.readRef(proposalRef(name)) : undefined;
  const landed = isProposalId(name) ? await mergeOf(authority, name, head) : undefined;
  if (landed !== undefined) return landed;
  throw new AgentctlError("proposal/not-landed", `${JSON.stringify(name)} has not landed on ${authority.ref}, so there is nothing to take back`, {
    hint: "agentctl proposal --state landed",
    exit: "usage",
  });
}

/** One that was made on this very commit. */
async function openRollback(authority: Authority, reverts: string): Promise<Awaited<ReturnType<typeof openProposal>> | undefined> {
  const { proposals } = await readProposals(authority.repository);
  for (const proposal of proposals) {
    if (proposal.base === authority.commit && (await provenRollback(authority, proposal)) === reverts) return proposal;
  }
  return undefined;
}

/** Every path as it was before the landing, where it still is as the landing left it. */
async function contentsBefore({ repository, commit }: Authority, { changes }: LandedMerge): Promise<ProposedContent[]> {
  const now = new Map((await repository.listTree(commit)).map((entry) => [entry.path, entry]));
  const conflicts = changes.filter(({ path, after }) => !sameSide(now.get(path), after)).map(({ path }) => path);
  if (conflicts.length > 0) {
    throw new AgentctlError("proposal/changed-since", `changed since it landed, so nothing was made: ${conflicts.slice(0, 10).join(", ")}`, {
      hint: "roll back what changed it first, or propose the change that you want",
      details: { conflicts },
    });
  }
  const blobs = await repository.readBlobs(changes.flatMap(({ before }) => (before === undefined ? [] : [before.oid])));
  let at = 0;
  return changes.map(({ path, before }) =>
    before === undefined ? { path, data: undefined } : { path, data: blobs[at++] ?? new Uint8Array(), program: before.mode === "100755" },
  );
}
