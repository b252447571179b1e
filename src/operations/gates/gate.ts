import type { GateName, GateResult } from "../../proposal/gate-report.ts";
import type { Proposal, ProposalKind } from "../../proposal/proposal.ts";
import type { OpenRun } from "../in-run.ts";
import type { Authority } from "../load-authority.ts";

/**
 * A commit laid out in a temporary folder as a workspace of its own, so that what works on a workspace works on it: files written by us (no checkout, no filter,
 * no link), HEAD at the commit, `main` at the base, whose policies, evaluators and signers are the authority there. Its state is the real one.
 */
export interface GateTree {
  /** For `cwd` of operations. */
  cwd: string;
  /** For `env` of operations. */
  env: NodeJS.ProcessEnv;
  commit: string;
}

export interface GateContext {
  /** The protected branch's, of the real workspace. */
  authority: Authority;
  proposal: Proposal;
  kinds: readonly ProposalKind[];
  open: OpenRun;
  stateDir: string;
  env: NodeJS.ProcessEnv;
  /** The change. */
  head: GateTree;
  /** What is there today. */
  base: GateTree;
  signal: AbortSignal;
}

/** One gate. "No" is a result; what it throws is a failed gate with the error's words, never a passed one. */
export interface Gate {
  name: GateName;
  judge(context: GateContext): Promise<Omit<GateResult, "gate">>;
}
