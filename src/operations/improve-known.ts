import type { Repository } from "../git/repository.ts";
import { proposalRows } from "../ledger/proposals.ts";
import type { Earlier } from "../proposal/opportunity.ts";
import { listFiles, skillDigest } from "../skill/digest.ts";
import { ofAgents, ofKind, text } from "../trace/event-sql.ts";
import type { Plain } from "../trace/sql-values.ts";
import { configKeys } from "../workspace/config-keys.ts";
import { valueIn } from "../workspace/config.ts";
import { configFile } from "../workspace/find.ts";
import { readProposals } from "./find-proposal.ts";
import type { OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { proposalStates } from "./proposal-states.ts";

/** A no of people, and drafts in vain, are remembered so long. */
export const quietMs = 30 * 86_400_000;

/** What has been done about a cause, by its signature. */
export interface KnownCauses {
  proposals: ReadonlyMap<string, readonly Earlier[]>;
  drafts: ReadonlyMap<string, readonly EarlierDraft[]>;
  /** Open proposals that improve made. */
  open: number;
}

/** A run of the agent that improve started. */
export interface EarlierDraft {
  run: string;
  /** Who drafted; empty where nothing is on record. */
  agent: string;
  startedMs: number;
  /** Undefined while it works. */
  outcome?: string | undefined;
  waitsFor: readonly string[];
  /** Ids of what it drafted. */
  proposals: readonly string[];
}

/** What stands in the trailers of a proposal, so that other clones know the cause, too. */
export const causeEvidence = (signature: string): string => `cause ${signature}`;

/** What became of earlier drafts; read with the questions. */
export const draftsQuestion = `SELECT signature, drafts, started_ms, a.outcome, coalesce(waits_for, []) AS waits_for, coalesce(proposals, []) AS proposals, a.run IS NULL AS unstarted, a.agent
FROM (SELECT ${text("signature", "o")} AS signature, ${text("drafts", "o")} AS drafts, epoch_ms(ts) AS started_ms
  FROM (SELECT ts, unnest(data->'$.opportunities[*]') AS o FROM ${ofKind("improve.analysed")}) WHERE ${text("drafts", "o")} IS NOT NULL) i
LEFT JOIN agent_runs a ON a.run = i.drafts
LEFT JOIN (SELECT root, list(${text("proposal")} ORDER BY part_number, seq) AS proposals FROM ${ofAgents("proposal.drafted")} GROUP BY root) d ON d.root = i.drafts
ORDER BY started_ms DESC`;

/** Proposals about causes: branches that name one in their trailers, and what this machine's ledger knows. */
export async function knownCauses(
  authority: Authority,
  open: Pick<OpenRun, "ledger" | "stateDir">,
  drafts: readonly (readonly Plain[])[],
): Promise<KnownCauses> {
  const { repository, commit } = authority;
  const { proposals: branches } = await readProposals(repository);
  const states = await proposalStates(authority, open.stateDir, branches);
  const rows = proposalRows(open.ledger);
  const signatures = new Map(rows.map(({ proposal, signature }) => [proposal, signature]));
  const proposals = new Map<string, Earlier[]>();
  const add = (signature: string | undefined, earlier: Earlier): void => {
    if (signature !== undefined) proposals.set(signature, [...(proposals.get(signature) ?? []), earlier]);
  };
  let opened = 0;
  for (const { id, evidence, triggeredBy, writtenMs } of branches) {
    const { state = "open", closedMs } = states.get(id) ?? {};
    // One that has waited for too long still waits.
    const isOpen = state === "open" || state === "stale";
    if (isOpen && triggeredBy.startsWith("improve r-")) opened += 1;
    const named = evidence.map((each) => /^cause ([0-9a-f]{24})$/.exec(each)?.[1]).find((each) => each !== undefined);
    add(named ?? signatures.get(id), { proposal: id, state: isOpen ? "open" : state, closedMs: isOpen ? undefined : (closedMs ?? writtenMs) });
  }
  const there = new Set(branches.map(({ id }) => id));
  for (const { proposal, signature, head, state, closedMs, openedMs } of rows) {
    if (signature === undefined || there.has(proposal)) continue;
    // Its branch is gone: what the ledger holds open either landed elsewhere or was taken away.
    const landed = state === "open" && (await repository.isAncestor(head, commit).catch(() => false));
    add(signature, { proposal, state: state === "open" ? (landed ? "landed" : "withdrawn") : state, closedMs: closedMs ?? openedMs });
  }
  return { proposals, drafts: draftsOf(drafts), open: opened };
}

/** How many proposals of improve may be open, as committed: an edit on disk does not let it make more. */
export async function committedOpenMax({ repository, commit }: Authority, env: NodeJS.ProcessEnv): Promise<number> {
  const data = await repository.readPath(commit, configFile);
  const source = data && { path: `${commit.slice(0, 10)}:${configFile}`, text: Buffer.from(data).toString("utf8") };
  const given = source === undefined ? undefined : valueIn(source, "improve.openMax", env);
  return typeof given === "number" ? given : configKeys["improve.openMax"].default;
}

function draftsOf(rows: readonly (readonly Plain[])[]): Map<string, EarlierDraft[]> {
  const drafts = new Map<string, EarlierDraft[]>();
  for (const [signature, run, startedMs, outcome, waitsFor, proposals, unstarted, agent] of rows) {
    const draft: EarlierDraft = {
      run: String(run),
      agent: typeof agent === "string" ? agent : "",
      startedMs: Number(startedMs),
      // Nothing of it is on record: it never began.
      outcome: unstarted === true ? "unstarted" : outcome === null || outcome === undefined ? undefined : String(outcome),
      waitsFor: texts(waitsFor),
      proposals: texts(proposals),
    };
    drafts.set(String(signature), [...(drafts.get(String(signature)) ?? []), draft]);
  }
  return drafts;
}

/** Rooms of the commit that a cause can be about: `skills/market-stats`, `agents/quant`. */
export async function roomsAt(repository: Repository, commit: string): Promise<Set<string>> {
  const tree = await repository.listTree(commit, ["skills", "agents", "strategies"]);
  return new Set(tree.flatMap(({ path }) => /^[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? []));
}

/** Digests of these skills as the commit has them. */
export async function skillDigests(repository: Repository, commit: string, names: Iterable<string>): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const name of new Set(names)) {
    const folder = `skills/${name}`;
    const files = (await repository.readTree(commit, folder)).map(({ path, data }) => ({ path: path.slice(folder.length + 1), data }));
    if (files.length > 0) digests.set(name, skillDigest(listFiles(files)));
  }
  return digests;
}

function texts(value: Plain | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
