import { isoTime, systemClock } from "../base/clock.ts";
import { listApprovals as rowsOf, votesOf, type ApprovalState } from "../ledger/approval-rows.ts";
import { highestTime } from "../ledger/high-water.ts";
import { tally } from "../policy/approval.ts";
import { findWorkspace } from "../workspace/find.ts";
import type { AskedAction } from "./asked-approval.ts";
import { withLedger } from "./audit-state.ts";

export interface ApprovalSummary {
  approval: string;
  run: string;
  agent: string;
  kind: string;
  effect: string;
  class: string;
  state: ApprovalState;
  /** What is asked, in a few words; written by the agent. */
  what: string;
  /** Those that count so far. */
  votes: string[];
  /** What it still needs, while it is open. */
  needs?: string | undefined;
  asked: string;
  expires: string;
  expiresInMs: number;
}

/** What waits for people, the newest first; with `all` also what they have answered. */
export function listApprovals(asked: { cwd: string; env: NodeJS.ProcessEnv; all: boolean }): ApprovalSummary[] {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const nowMs = systemClock.nowMs();
  const listed = withLedger(stateDir, (ledger) => {
    const atMs = highestTime(ledger, nowMs);
    return rowsOf(ledger, nowMs)
      .filter(({ state }) => asked.all || state === "open")
      .map((row): ApprovalSummary => {
        const { counted, needs } = tally(row, votesOf(ledger, row.approval));
        const { approval, run, agent, kind, effect, class: riskClass, state, askedMs, expiresMs } = row;
        return {
          approval,
          run,
          agent,
          kind,
          effect,
          class: riskClass,
          state,
          what: inWords(JSON.parse(row.what) as AskedAction),
          votes: counted.map(({ who }) => who),
          ...(state === "open" && { needs }),
          asked: isoTime(askedMs),
          expires: isoTime(expiresMs),
          expiresInMs: expiresMs - atMs,
        };
      });
  });
  return listed ?? [];
}

/** A call in a few words: the question, or what is done to what. */
export function inWords({ tool, question, decisions }: AskedAction): string {
  if (question !== undefined) return question;
  const facts = decisions
    .filter(({ request }) => request.action !== "tool.call")
    .map(({ request: { action, host, port, path, skill } }) => [
      action,
      host === undefined ? undefined : port === undefined ? host : `${host}:${port}`,
      path,
      skill?.name,
    ]);
  const words = facts.map((each) => each.filter((word) => word !== undefined).join(" "));
  return [tool, ...words].filter((word) => word !== undefined).join(" · ") || "a call";
}
