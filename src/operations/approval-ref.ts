import { setTimeout as wait } from "node:timers/promises";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import type { NewTreeEntry } from "../git/write.ts";
import type { Repository } from "../git/repository.ts";
import type { GateReport } from "../proposal/gate-report.ts";
import { isProposalId } from "../proposal/message.ts";
import { readStatement, statementBounds } from "../proposal/statement.ts";

export const approvalRefs = "refs/agentctl/approvals";

/** Where the answers to a proposal are kept. Error `proposal/bad-id` (usage). */
export function approvalsRef(id: string): string {
  if (isProposalId(id)) return `${approvalRefs}/${id}`;
  throw new AgentctlError("proposal/bad-id", `${JSON.stringify(id)} is no id of a proposal`, { hint: "agentctl proposal", exit: "usage" });
}

/** One answer as it lies there; nothing of it is checked but its name and its size. */
export interface KeptVote {
  /** SHA-256 of the statement; the name of its folder. */
  digest: string;
  statement: string;
  /** Undefined for one without. */
  signature?: string | undefined;
}

export interface KeptApprovals {
  /** Commit of the ref; undefined where there is none. */
  commit: string | undefined;
  votes: KeptVote[];
  reports: Map<string, GateReport>;
  /** What lies there and is none of it: in words. */
  problems: string[];
}

/** The nonces of answers that can be read; what cannot counts for nothing. */
export function noncesIn(votes: readonly KeptVote[]): string[] {
  return votes.flatMap(({ statement }) => {
    const read = readStatement(statement);
    return "statement" in read ? [read.statement.nonce] : [];
  });
}

const bounds = { signature: 16 * 1024, report: 4 * 1024 * 1024, entries: 600, bytes: 64 * 1024 * 1024 };
const place = /^(?:votes\/([0-9a-f]{64})\/(statement|signature)|gates\/([0-9a-f]{64})\.json)$/;

/**
 * What a commit of approvals holds, hostile or not: plain files of known names and sizes; links, programs, other names and what is too large are named and left.
 * Something that is no commit holds nothing. `at` is what a ref points to.
 */
export async function readApprovals(repository: Repository, at: string | undefined): Promise<KeptApprovals> {
  const none = { commit: undefined, votes: [], reports: new Map<string, GateReport>() };
  if (at === undefined) return { ...none, problems: [] };
  const [commit] = await repository.readCommits([at]);
  if (commit === undefined) return { ...none, problems: ["the ref of the approvals points to no commit"] };
  const entries = await repository.listTree(commit.oid);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (entries.length > bounds.entries || bytes > bounds.bytes)
    return { ...none, commit: commit.oid, problems: [`the approvals are too large: ${entries.length} files, ${bytes} bytes; none is read`] };
  const problems: string[] = [];
  const files = entries.flatMap((entry) => {
    const [, vote, file, report] = place.exec(entry.path) ?? [];
    const most = report !== undefined ? bounds.report : file === "statement" ? statementBounds.bytes : bounds.signature;
    const odd = vote === undefined && report === undefined ? "is nothing that lies among approvals" : entry.mode !== "100644" ? "is no plain file" : undefined;
    const why = odd ?? (entry.bytes > most ? `has ${entry.bytes} bytes; at most ${most} are read` : undefined);
    if (why !== undefined) problems.push(`${JSON.stringify(entry.path)} ${why}`);
    return why === undefined ? [{ oid: entry.oid, path: entry.path, vote, file, report }] : [];
  });
  const blobs = await repository.readBlobs(files.map(({ oid }) => oid));
  const texts = new Map(files.map(({ path }, index) => [path, Buffer.from(blobs[index] ?? []).toString("utf8")]));
  const votes = files.flatMap(({ vote, file }): KeptVote[] =>
    vote === undefined || file !== "statement"
      ? []
      : [{ digest: vote, statement: texts.get(`votes/${vote}/statement`) ?? "", signature: texts.get(`votes/${vote}/signature`) }],
  );
  const reports = new Map<string, GateReport>();
  for (const { report, path } of files) {
    if (report === undefined) continue;
    const read = readReport(texts.get(path) ?? "", report);
    if (read === undefined) problems.push(`${path} is no report of gates of that digest`);
    else reports.set(report, read);
  }
  return { commit: commit.oid, votes, reports, problems };
}

/** A report is what its digest says, in the one spelling, and has the fields that are looked at. */
function readReport(text: string, digest: string): GateReport | undefined {
  if (sha256(text) !== digest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isMapping(value) || canonicalJson(value) !== text) return undefined;
    const { type, repository, proposal, head, base, tree, policy, gates } = value;
    const fields = [type, repository, proposal, head, base, tree, policy];
    const whole = Array.isArray(gates) && gates.every((each) => isMapping(each) && isGate(each));
    return fields.every((field) => typeof field === "string") && whole ? (value as unknown as GateReport) : undefined;
  } catch {
    return undefined;
  }
}

function isGate({ gate, verdict, summary, findings, evidence }: { readonly [key: string]: unknown }): boolean {
  return [gate, verdict, summary].every((each) => typeof each === "string") && Array.isArray(findings) && isMapping(evidence);
}

/** What is put beside what lies there. */
export interface AddedApprovals {
  votes: readonly KeptVote[];
  reports: readonly { digest: string; report: GateReport }[];
}

const tries = 20;

/**
 * Adds to a proposal's approvals as one more commit and moves the ref from where it stood; when somebody else was faster, it is done again on top of theirs, so
 * that nobody's answer is lost. Answers the commit. `parent`: another commit of approvals whose history is joined.
 */
export async function addApprovals(repository: Repository, id: string, added: AddedApprovals, parent?: string): Promise<string> {
  const ref = approvalsRef(id);
  const files = await writeFiles(repository, added);
  for (let attempt = 1; ; attempt++) {
    const old = await repository.readRef(ref);
    const kept = await readApprovals(repository, old);
    if (old !== undefined && kept.commit !== old) {
      throw new AgentctlError("proposal/bad-approvals", `${ref} does not point to a commit of approvals`, {
        hint: `git update-ref -d ${ref}`,
        exit: "verification",
      });
    }
    const entries = new Map([...(old === undefined ? [] : await keptEntries(repository, old)), ...files].map((entry) => [entry.path, entry]));
    const tree = await repository.writeTree([...entries.values()]);
    const joined = parent !== undefined && parent !== old && (old === undefined || !(await repository.isAncestor(parent, old)));
    if (old !== undefined && !joined && (await repository.trees([old])).get(old) === tree) return old;
    if (joined && old === undefined && (await repository.trees([parent])).get(parent) === tree) {
      if (await moved(repository, ref, parent, old)) return parent;
    } else if (joined && old !== undefined && (await repository.isAncestor(old, parent)) && (await repository.trees([parent])).get(parent) === tree) {
      if (await moved(repository, ref, parent, old)) return parent;
    } else {
      const parents = [...(old === undefined ? [] : [old]), ...(joined ? [parent] : [])];
      const author = { name: "agentctl", email: "agentctl@localhost" };
      const commit = await repository.commitTree({ tree, parents, message: `Answers to ${id}\n`, author });
      if (await moved(repository, ref, commit, old)) return commit;
    }
    if (attempt === tries) throw new AgentctlError("proposal/busy", `${ref} moves all the time; nothing was added`, { hint: "try again" });
    await wait(10 * attempt);
  }
}

async function moved(repository: Repository, ref: string, next: string, old: string | undefined): Promise<boolean> {
  try {
    await repository.updateRef(ref, next, old);
    return true;
  } catch (cause) {
    if (cause instanceof AgentctlError && cause.code === "git/ref-moved") return false;
    throw cause;
  }
}

async function writeFiles(repository: Repository, { votes, reports }: AddedApprovals): Promise<NewTreeEntry[]> {
  const files = [
    ...votes.flatMap(({ digest, statement, signature }) => [
      { path: `votes/${digest}/statement`, text: statement },
      ...(signature === undefined ? [] : [{ path: `votes/${digest}/signature`, text: signature }]),
    ]),
    ...reports.map(({ digest, report }) => ({ path: `gates/${digest}.json`, text: canonicalJson(report) })),
  ];
  const oids = await repository.writeBlobs(files.map(({ text }) => text));
  return files.map(({ path }, index) => ({ path, mode: "100644", oid: oids[index] ?? "" }));
}

/** What is none of it is not carried on. */
async function keptEntries(repository: Repository, commit: string): Promise<NewTreeEntry[]> {
  const entries = await repository.listTree(commit);
  return entries.flatMap(({ path, mode, oid }): NewTreeEntry[] => (place.test(path) && mode === "100644" ? [{ path, mode, oid }] : []));
}
