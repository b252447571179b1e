import { historyOf, type History } from "../agent/history.ts";
import { systemClock } from "../base/clock.ts";
import type { EventRecord } from "../event/events.ts";
import { findApproval, votesOf, type ApprovalRow, type VoteRow } from "../ledger/approval-rows.ts";
import { listHeads } from "../ledger/heads.ts";
import { withLedger } from "./audit-state.ts";
import type { Texts } from "./run-page-texts.ts";
import type { RunReport } from "./show-run.ts";

/** Everything that the page of a run shows. */
export interface RunPageFacts {
  report: RunReport;
  /** As they were read and verified, once, for the report. */
  records: readonly EventRecord[];
  history: History;
  /** What people were asked, and what each of them said; of an approval that this ledger does not know only its name. */
  approvals: readonly { approval: string; key: string; row?: ApprovalRow | undefined; votes: readonly VoteRow[] }[];
  /** The last record of each part; `known`: what the ledger says of it, undefined when it says nothing. */
  heads: readonly { run: string; seq: number; hash: string; known: boolean | undefined }[];
  texts: Texts;
  /** The bytes of a kept file, checked by its digest; undefined when it is gone, was changed or is larger than that. */
  bytesOf(sha256: string, bytesMax: number): Uint8Array | undefined;
}

export function runPageFacts(
  stateDir: string,
  report: RunReport,
  records: readonly EventRecord[],
  texts: Texts,
  bytesOf: RunPageFacts["bytesOf"],
): RunPageFacts {
  const history = historyOf(records);
  const lasts = new Map(records.map((record) => [record.run, record]));
  const known = lookUp(
    stateDir,
    [...history.approvals.values()].map(({ approval }) => approval),
  );
  const heads = [...lasts.values()].map(({ run, seq, hash }) => {
    const head = known?.heads.get(run);
    return { run, seq, hash, known: head === undefined ? undefined : head.seq === seq && head.hash === hash };
  });
  const approvals = [...history.approvals.values()].map(({ approval, key }) => ({
    approval,
    key,
    row: known?.rows.get(approval),
    votes: known?.votes.get(approval) ?? [],
  }));
  return { report, records, history, approvals, heads, texts, bytesOf };
}

/** What the ledger knows; a ledger that cannot be read does not keep the record from being shown. */
function lookUp(stateDir: string, approvals: readonly string[]) {
  try {
    return withLedger(stateDir, (ledger) => ({
      heads: new Map(listHeads(ledger).map((head) => [head.run, head])),
      rows: new Map(approvals.map((approval) => [approval, findApproval(ledger, approval, systemClock.nowMs())])),
      votes: new Map(approvals.map((approval) => [approval, votesOf(ledger, approval)])),
    }));
  } catch {
    return undefined;
  }
}
