import { systemClock } from "../base/clock.ts";
import type { ExitName } from "../base/errors.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import type { LandingStarted } from "../event/proposal-events.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { openLedger } from "../ledger/ledger.ts";
import { endProposal, noteUnknown, proposalRow, useNonces } from "../ledger/proposals.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { approvalsRef, noncesIn, readApprovals } from "./approval-ref.ts";
import { bringAlong, type BroughtAlong } from "./bring-along.ts";
import { findProposal } from "./find-proposal.ts";
import type { ForgeAsked } from "./forge-access.ts";
import { outsidePolicy } from "./halt-work.ts";
import { inRun, requireGoing, type OpenRun, type RunOutcome } from "./in-run.ts";
import { judgeLanding, type LandingAllowed } from "./judge-landing.ts";
import { landingMessage } from "./landing-commit.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";
import type { ProposalVote } from "./proposal-approvals.ts";
import { policyVersion } from "./policy-version.ts";
import { mergeOf, provenRollback } from "./proven-rollback.ts";
import { settleRollback } from "./settle-rollback.ts";

export interface LandAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  /** Only says whether it would land. */
  dryRun?: boolean | undefined;
  /** Also what signers said in reviews of its pull request; asked of the host now. */
  reviews?: ForgeAsked | undefined;
}

export interface LandResult {
  proposal: string;
  title: string;
  /** would-land: of a dry run. */
  outcome: "landed" | "would-land" | "refused";
  action: "land" | "rollback";
  target: string;
  /** The branch before, and the merge. */
  from?: string | undefined;
  to?: string | undefined;
  policyVersion?: number | undefined;
  /** It changed the policies, so that their version is a new one. */
  newPolicy?: true | undefined;
  approvedBy: { who: string; how: string; fingerprint?: string | undefined }[];
  /** Why not. */
  why: string[];
  /** How a command that says so ends. */
  exit: ExitName;
  /** The next command. */
  hint?: string | undefined;
  /** It had landed before a crash; this call finished it. */
  found?: true | undefined;
  /** What became of the working tree; undefined where another branch is checked out. */
  along?: BroughtAlong | undefined;
  /** The run that recorded it. */
  run?: string | undefined;
}

/**
 * Lands a proposal: judged against the protected branch as it is now, recorded before anything moves, then one transaction of refs that moves the branch from
 * exactly the commit that was judged to a merge whose tree is the approved one, and keeps where it stood in `refs/agentctl/snapshots/<id>`. Killed anywhere it has
 * landed once or not at all; asked again, it finishes what is left. A refusal is a result. A rollback lands while halted, too.
 * Errors: ledger/halted, `git/ref-moved` where somebody else was faster, and those of `findProposal` and `judgeLanding`.
 */
export async function landProposal({ cwd, env, proposal: name, dryRun = false, reviews }: LandAsked): Promise<LandResult> {
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const proposal = await findProposal(authority.repository, name);
  const begun = await landedBefore(authority, stateDir, proposal);
  if (begun !== undefined && !dryRun) return finishLanded(authority, env, proposal, begun);

  const asked = reviews === undefined ? [] : await reviewsOf(authority, env, proposal, reviews);
  const judged = await judgeLanding(authority, stateDir, proposal, asked);
  const action = (await provenRollback(authority, proposal)) === undefined ? "land" : "rollback";
  const facts = { proposal: proposal.id, title: proposal.title, action, target: authority.ref } as const;
  if (!judged.lands) return { ...facts, outcome: "refused", approvedBy: [], why: judged.why, exit: judged.exit, hint: judged.hint };
  const approvedBy = judged.counted.map(({ who, how, fingerprint }) => ({ who, how, fingerprint }));
  if (dryRun)
    return { ...facts, outcome: "would-land", from: authority.commit, approvedBy, why: [], exit: "done", hint: `agentctl proposal land ${proposal.id}` };
  const { to, version, along, run } = await recorded({ authority, env, stateDir }, `proposal land ${proposal.id}`, action === "rollback", (open) =>
    moveBranch(open, authority, proposal, judged, action),
  );
  return {
    ...facts,
    outcome: "landed",
    from: authority.commit,
    to,
    policyVersion: version,
    ...(touchesPolicies(proposal) && { newPolicy: true }),
    approvedBy,
    why: [],
    exit: "done",
    hint: `agentctl proposal rollback ${proposal.id}`,
    along,
    run,
  };
}

async function reviewsOf(authority: Authority, env: NodeJS.ProcessEnv, proposal: Proposal, where: ForgeAsked): Promise<ProposalVote[]> {
  const { askReviews } = await import("./ask-reviews.ts");
  return askReviews({ authority, env, command: `proposal land ${proposal.id}` }, proposal, where);
}

type Place = { authority: Authority; env: NodeJS.ProcessEnv; stateDir: string };

function recorded<T extends object>({ authority, env, stateDir }: Place, command: string, evenHalted: boolean, work: (open: OpenRun) => Promise<T>) {
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, env, { names: config.values.mask.names, secrets: config.secrets });
  const started = { ...outsidePolicy(command, personName()), policy: { commit, digest: set.digest } };
  return inRun<T & { run: string }>({ stateDir, mask, started, evenHalted }, async (open) => ({
    outcome: "ok" as RunOutcome,
    result: { ...(await work(open)), run: open.run },
  }));
}

function touchesPolicies({ changes }: Proposal): boolean {
  return changes.some(({ path }) => path.startsWith("policies/"));
}

async function moveBranch(
  open: OpenRun,
  authority: Authority,
  proposal: Proposal,
  judged: LandingAllowed,
  action: LandingStarted["action"],
): Promise<{ to: string; version: number; along: BroughtAlong | undefined }> {
  const { recorder, ledger } = open;
  const { repository, commit: from, ref } = authority;
  const { approvals, counted, gates } = judged;
  const { id, head, base, tree } = proposal;
  for (const decision of approvals.needs.decisions) await recorder.append("decision.made", decision as DecisionMade);
  const version = (await policyVersion({ repository, commit: from }, ledger, { note: true })) + (touchesPolicies(proposal) ? 1 : 0);
  const message = landingMessage(proposal, judged, { version, by: personName() });
  const to = await repository.commitTree({ tree, parents: [from, head], message, author: { name: "agentctl", email: "agentctl@localhost" } });
  await recorder.append("landing.started", {
    proposal: id,
    action,
    target: ref,
    from,
    to,
    tree,
    policyVersion: version,
    gates,
    approvals: counted.map(({ who, how, fingerprint, digest }) => ({ who, how, digest, ...(fingerprint !== undefined && { fingerprint }) })),
    effect: approvals.needs.needed?.effect ?? "deny",
    class: approvals.needs.needed?.class ?? approvals.needs.risk.class,
  });
  // A last look: from here on it takes one step.
  if (action === "land") requireGoing(open);
  const snapshot = snapshotRef(id);
  await repository.updateRefs([
    // A no that came since stops it as surely as a branch that moved, also where reviews carry it and nobody had answered here.
    { ref: approvalsRef(id), next: judged.approvalsAt, old: judged.approvalsAt },
    { ref: snapshot, next: from, old: await repository.readRef(snapshot) },
    { ref, next: to, old: from },
  ]);
  await recorder.append("landing.finished", { proposal: id, action, target: ref, from, to, outcome: "landed" });
  // Before the ledger says landed: whoever is killed on the way finds it unfinished when they ask again.
  const along = await bringAlong(authority, { from, to });
  noteUnknown(ledger, { proposal: id, head, base, proposer: proposal.proposer, signature: undefined, run: open.run, nowMs: systemClock.nowMs() });
  await settle(open, { repository, proposal, from, to, nonces: counted.map(({ statement }) => statement.nonce) });
  return { to, version, along };
}

/** What the ledger has to know of a landing; done again after a crash it changes nothing. */
async function settle(
  open: OpenRun,
  { repository, proposal, from, to, nonces }: Before & { repository: Authority["repository"]; proposal: Proposal; nonces: readonly string[] },
): Promise<void> {
  const { ledger } = open;
  const nowMs = systemClock.nowMs();
  ledger.transaction(() => {
    useNonces(ledger, { proposal: proposal.id, nonces, nowMs });
    endProposal(ledger, { proposal: proposal.id, state: "landed", closedBy: personName(), landedAs: to, nowMs });
  });
  await policyVersion({ repository, commit: to }, ledger, { note: true });
  const before = { repository, commit: from };
  const taken = await provenRollback(before, proposal);
  const landed = taken === undefined ? undefined : await mergeOf(before, taken);
  if (taken !== undefined && landed !== undefined) await settleRollback(open, { repository, commit: to, proposal: taken, landed, by: proposal.id, nowMs });
}

function snapshotRef(id: string): string {
  return `refs/agentctl/snapshots/${id}`;
}

interface Before {
  from: string;
  to: string;
}

/** The branch has it, and this machine does not know yet: it was killed between the two, or somebody fetched the branch. */
async function landedBefore(authority: Authority, stateDir: string, { id, head, base }: Proposal): Promise<Before | undefined> {
  // What is made on the tip cannot lie in its history.
  if (base === authority.commit) return undefined;
  const merge = await mergeOf(authority, id, head);
  if (merge === undefined || merge.head !== head) return undefined;
  const ledger = openLedger(stateDir);
  try {
    const row = proposalRow(ledger, id);
    const known = row !== undefined && ["landed", "rolled-back"].includes(row.state);
    return known ? undefined : { from: merge.before, to: merge.merge.oid };
  } finally {
    ledger.close();
  }
}

async function finishLanded(authority: Authority, env: NodeJS.ProcessEnv, proposal: Proposal, { from, to }: Before): Promise<LandResult> {
  const { repository, ref } = authority;
  const { id, title, base, head, proposer } = proposal;
  const stateDir = ensureStateDir(authority.workspace);
  const action = (await provenRollback({ repository, commit: from }, proposal)) === undefined ? "land" : "rollback";
  const { run, along } = await recorded({ authority, env, stateDir }, `proposal land ${id}`, true, async (open) => {
    await open.recorder.append("landing.finished", { proposal: id, action, target: ref, from, to, outcome: "landed", found: true });
    const snapshot = snapshotRef(id);
    if ((await repository.readRef(snapshot)) === undefined) await repository.updateRef(snapshot, from, undefined);
    noteUnknown(open.ledger, { proposal: id, head, base, proposer, signature: undefined, run: open.run, nowMs: systemClock.nowMs() });
    const along = await bringAlong(authority, { from, to });
    const { votes } = await readApprovals(repository, await repository.readRef(approvalsRef(id)));
    await settle(open, { repository, proposal, from, to, nonces: noncesIn(votes) });
    return { along };
  });
  return { proposal: id, title, outcome: "landed", action, target: ref, from, to, approvedBy: [], why: [], exit: "done", found: true, along, run };
}
