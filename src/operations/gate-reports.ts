import { existsSync, readFileSync } from "node:fs";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import type { ProposalGated } from "../event/proposal-events.ts";
import { requireOid } from "../git/names.ts";
import { readGateReport, type GateReport } from "../proposal/gate-report.ts";
import { isProposalId } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ask } from "../trace/ask.ts";
import { blobPath } from "../trace/blobs.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";

export interface KeptReport {
  report: GateReport;
  digest: string;
}

type Change = Pick<Proposal, "id" | "head" | "base" | "tree">;

/**
 * The newest report of this machine's own record about exactly this head, base and tree; from a journal whose chain holds. Undefined where there is none, and
 * where the newest one is not what was recorded: an older one does not step in for it.
 */
export async function gateReportFor(stateDir: string, proposal: Change): Promise<KeptReport | undefined> {
  if (!isProposalId(proposal.id)) return undefined;
  const run = await newestRun(stateDir, proposal);
  const gated = run === undefined ? undefined : await gatedIn(stateDir, run, proposal);
  if (gated === undefined || gated.report !== gated.digest) return undefined;
  const report = keptReport(stateDir, gated.digest);
  return report !== undefined && isAbout(report, proposal) ? { report, digest: gated.digest } : undefined;
}

/** SQL names the run; what it says of it proves nothing. */
async function newestRun(stateDir: string, { id, head }: Change): Promise<string | undefined> {
  const sql = `SELECT run FROM events WHERE kind = 'proposal.gated' AND (data->>'$.proposal') = '${id}' AND (data->>'$.head') = '${requireOid(head)}' ORDER BY ts DESC, seq DESC LIMIT 1`;
  const { rows } = await ask(stateDir, sql, { rowsMax: 1 });
  return rows[0] === undefined ? undefined : String(rows[0][0]);
}

async function gatedIn(stateDir: string, run: string, proposal: Change): Promise<ProposalGated | undefined> {
  try {
    let last: ProposalGated | undefined;
    for await (const record of readJournal(requireJournal(stateDir, run))) {
      if (isKind(record, "proposal.gated") && record.data.proposal === proposal.id && record.data.head === proposal.head) last = record.data;
    }
    return last !== undefined && last.base === proposal.base && last.tree === proposal.tree ? last : undefined;
  } catch (thrown) {
    // A chain that does not hold is no record.
    if (thrown instanceof AgentctlError) return undefined;
    throw thrown;
  }
}

function keptReport(stateDir: string, digest: string): GateReport | undefined {
  if (!/^[0-9a-f]{64}$/.test(digest)) return undefined;
  const path = blobPath(stateDir, digest);
  const data = existsSync(path) ? readFileSync(path) : undefined;
  if (data === undefined || sha256(data) !== digest) return undefined;
  const report = readGateReport(data.toString("utf8"));
  return report !== undefined && sha256(canonicalJson(report)) === digest ? report : undefined;
}

function isAbout(report: GateReport, { id, head, base, tree }: Change): boolean {
  return report.proposal === id && report.head === head && report.base === base && report.tree === tree;
}
