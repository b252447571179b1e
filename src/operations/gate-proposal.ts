import type { GateName, GateReport, GateResult } from "../proposal/gate-report.ts";
import type { Decision } from "../policy/request.ts";
import type { DecidedRun } from "./decided-action.ts";

export interface GateProgress {
  onStart?(gate: GateName): void;
  onResult?(result: GateResult, durationMs: number): void;
}

export interface GateProposalAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  progress?: GateProgress | undefined;
}

export interface GateProposalResult extends Omit<DecidedRun<never>, "value"> {
  proposal: string;
  passed: boolean;
  /** Undefined when policy or a budget did not let them start. */
  report?: GateReport | undefined;
  /** Of the report. */
  digest?: string | undefined;
}

/** Asks every gate about a proposal's exact commit and keeps the report. */
export async function gateProposal(asked: GateProposalAsked): Promise<GateProposalResult> {
  throw new Error(`not yet: ${asked.proposal}`);
}
