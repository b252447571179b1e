import { AgentctlError, messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { Check, Report } from "../base/report.ts";
import { reportPassed } from "../base/report.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { checkAgents } from "./check-agents.ts";
import { checkMemory } from "./check-memory.ts";
import { checkSkills } from "./check-skills.ts";
import { checkStrategies } from "./check-strategies.ts";
import { gatesOf } from "./ci-gates.ts";
import { ciPlace, proposalAt, type CiAsked } from "./ci-place.ts";
import { openGateTrees } from "./gate-tree.ts";
import { testPolicies } from "./test-policies.ts";
import { version } from "./version.ts";

export interface CiChecked {
  report: Report;
  passed: boolean;
  head: string;
  /** Commit that judged. */
  base: string;
  proposal?: string | undefined;
  /** Of the report of the gates, where the head is a proposal. */
  gates?: string | undefined;
}

export interface CiCheckAsked extends CiAsked {
  /** Ask the gates where the head is a proposal; their containers take minutes. */
  gates: boolean;
}

/**
 * Everything that a pull request is checked by, over one commit and not over the files that lie about: policies with their cases, skills, agents, strategies, memory,
 * and the gates where it is a proposal. Configuration and judges are the protected branch's. What could not be asked is an error in the report. Errors: those of
 * `ciPlace`, a halt, an interrupt.
 */
export async function ciCheck(asked: CiCheckAsked): Promise<CiChecked> {
  const { authority, env, head } = await ciPlace(asked);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const trees = await openGateTrees({ authority, stateDir, env }, { head, base: authority.commit });
  const checks: Check[] = [];
  try {
    const where = { ...trees.head, names: [], ids: [], strict: false };
    checks.push(...(await asChecks("policies", trees.head.cwd, () => testPolicies(where))));
    checks.push(...(await asChecks("skill", trees.head.cwd, async () => (await checkSkills(where)).report)));
    checks.push(...(await asChecks("agent", trees.head.cwd, async () => (await checkAgents(where)).report)));
    checks.push(...(await asChecks("strategy", trees.head.cwd, async () => (await checkStrategies(where)).report)));
    checks.push(...(await asChecks("memory", trees.head.cwd, async () => (await checkMemory(where)).report)));
  } finally {
    trees.close();
  }
  let proposal: Proposal | undefined;
  let gates: { report: GateReport; digest: string } | undefined;
  checks.push(
    ...(await asChecks("proposal", trees.head.cwd, async () => {
      proposal = await proposalAt(authority, head);
      if (proposal === undefined || !asked.gates) return { tool: "", version, checks: [] };
      gates = await gatesOf(authority, { cwd: asked.cwd, env }, proposal);
      return { tool: "", version, checks: gates.report.gates.map(({ gate, verdict, summary, findings }) => gateCheck(gate, verdict, summary, findings)) };
    })),
  );
  const report = { tool: "agentctl ci check", version, checks };
  return { report, passed: reportPassed(report), head, base: authority.commit, proposal: proposal?.id, gates: gates?.digest };
}

async function asChecks(room: string, folder: string, work: () => Promise<Report>): Promise<Check[]> {
  try {
    const { checks } = await work();
    return checks.map((check) => ({
      ...check,
      name: `${room} ${check.name}`,
      findings: check.findings.map((finding) => ({ ...finding, message: finding.message.replaceAll(`${folder}/`, "") })),
    }));
  } catch (thrown) {
    if (thrown instanceof AgentctlError && (thrown.exit === "halted" || thrown.exit === "interrupted")) throw thrown;
    const { code, hint } = thrown instanceof AgentctlError ? thrown : { code: "ci/not-asked", hint: undefined };
    const message = `could not be asked: ${messageOf(thrown).split("\n")[0]?.replaceAll(`${folder}/`, "")}`;
    return [{ name: room, findings: [{ rule: code, level: "error", message, hint }] }];
  }
}

function gateCheck(gate: string, verdict: string, summary: string, findings: readonly Finding[]): Check {
  const silent = verdict === "failed" && findings.every(({ level }) => level !== "error");
  return { name: `gate ${gate}`, findings: silent ? [{ rule: `gate/${gate}`, level: "error", message: summary }, ...findings] : [...findings] };
}
