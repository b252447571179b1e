import type { Finding } from "../../base/finding.ts";
import type { Evaluation } from "../../evaluation/evaluation.ts";
import { evaluationsRoom } from "../../evaluation/read-evaluation.ts";
import type { PathChange } from "../../proposal/proposal.ts";
import { judgeTarget, wordOf, type ChangedTarget, type TargetJudged } from "../benchmark-change.ts";
import { sideOfCommit } from "../evaluation-side.ts";
import { committedEvaluations } from "../evaluation-shelf.ts";
import type { Gate, GateContext } from "./gate.ts";

const findingsMax = 100;
const namesMax = 25;
const evidenceBytesMax = 15 * 1024;
/** Of a change that touches more than this at once, nobody could read the outcome. */
const targetsMax = 50;

/**
 * What a change does to what worked: evaluations of the base, and past calls from the record, on head and on what is there today. Worse than today is no;
 * so is a new thing that fails an evaluation which waits for it, a change of the judge together with the judged, and a judge that cannot be read.
 */
export const benchmark: Gate = {
  name: "benchmark",
  async judge(context) {
    const { authority, proposal, base, head, open, env } = context;
    const { repository } = authority;
    const today = await committedEvaluations({ repository, commit: proposal.base });
    const targets = changedTargets(proposal.changes, today.evaluations);
    if (targets.length === 0) return { verdict: "not-needed", summary: "no skill, agent or strategy changes", findings: [], evidence: {} };
    if (targets.length > targetsMax) return tooMuch(`it changes ${targets.length} skills, agents and strategies; at most ${targetsMax} are judged at once`);
    const before: Finding[] = today.findings.filter(({ level }) => level === "error");
    before.push(...(await judgeChanged(context, targets, today.evaluations)));
    if (before.length > 0) return { verdict: "failed", summary: "its judge cannot be relied on", findings: before.slice(0, findingsMax), evidence: {} };

    const sides = { base: sideOfCommit(authority, proposal.base, base), head: sideOfCommit(authority, proposal.head, head) };
    const judged: TargetJudged[] = [];
    for (const target of targets) {
      context.signal.throwIfAborted();
      const own = today.evaluations.filter((each) => isOf(each, target));
      judged.push(await judgeTarget(target, own, sides, { open, authority, env }));
    }
    const order = ["error", "warning", "note"];
    const findings = judged.flatMap((each) => each.findings).toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
    return {
      verdict: findings.some(({ level }) => level === "error") ? "failed" : "passed",
      summary: summaryOf(judged),
      findings: findings.slice(0, findingsMax),
      evidence: evidenceOfAll(judged),
    };
  },
};

/** By paths. Strategies include each other, so a change of one asks about all that an evaluation holds. */
export function changedTargets(changes: readonly PathChange[], evaluations: readonly Evaluation[]): ChangedTarget[] {
  const found = new Map<string, ChangedTarget>();
  const add = (target: ChangedTarget): void => void found.set(wordOf(target), target);
  for (const { path } of changes) {
    const [room, name, ...rest] = path.split("/");
    if (name === undefined || rest.length === 0) continue;
    if (room === "skills") add({ kind: "skill", name });
    if (room === "agents") add({ kind: "agent", name });
    if (room !== "strategies") continue;
    add({ kind: "strategy", name });
    for (const { target } of evaluations) if (target.kind === "strategy") add(target);
  }
  return [...found.values()];
}

/** An evaluation that changes beside what it is about, as it stands in the base or in head. One that cannot be read may be about anything. */
async function judgeChanged({ authority, proposal }: GateContext, targets: readonly ChangedTarget[], today: readonly Evaluation[]): Promise<Finding[]> {
  const names = new Set(proposal.changes.flatMap(({ path }) => /^evaluations\/([^/]+)\//i.exec(path)?.[1] ?? []));
  if (names.size === 0) return [];
  const { evaluations: then } = await committedEvaluations({ repository: authority.repository, commit: proposal.head });
  return [...names].flatMap((name): Finding[] => {
    const both = [...today, ...then].filter((each) => each.name === name);
    const about = both.length === 0 ? targets : targets.filter((target) => both.some((each) => isOf(each, target)));
    return about.map((target) => ({
      rule: "benchmark/judge-and-judged",
      level: "error",
      message: `the evaluation ${JSON.stringify(name)} changes together with the ${wordOf(target)}`,
      file: `${evaluationsRoom}/${name}`,
      hint: "split the proposal: first the evaluation, then what it judges",
    }));
  });
}

function isOf({ target }: Evaluation, { kind, name }: ChangedTarget): boolean {
  return target.kind === kind && target.name === name;
}

function tooMuch(summary: string): Awaited<ReturnType<Gate["judge"]>> {
  return { verdict: "failed", summary, findings: [{ rule: "benchmark/too-much", level: "error", message: summary }], evidence: {} };
}

function summaryOf(judged: readonly TargetJudged[]): string {
  const sum = (of: (each: TargetJudged) => number): number => judged.reduce((total, each) => total + of(each), 0);
  const cases = sum(({ evaluations }) => evaluations.reduce((total, { compared }) => total + compared.cases, 0));
  const passed = sum(({ evaluations }) => evaluations.reduce((total, { compared }) => total + compared.passed, 0));
  const calls = sum((each) => (each.calls?.replayed ?? 0) + (each.permits?.calls ?? 0));
  const worse = sum(({ findings }) => findings.filter(({ level }) => level === "error").length);
  if (cases === 0 && calls === 0) return "nothing to compare with";
  const parts = [
    ...(cases > 0 ? [`${passed} of ${cases} cases`] : []),
    ...(calls > 0 ? [`${calls} recorded ${calls === 1 ? "call" : "calls"} done again`] : []),
  ];
  return `${parts.join(", ")}, ${worse} worse`;
}

/** As much as may stand in a report: names of cases go first, then all but the number of targets. */
function evidenceOfAll(judged: readonly TargetJudged[]): Record<string, unknown> {
  for (const most of [namesMax, 0]) {
    const evidence = { targets: judged.map((each) => evidenceOf(each, most)) };
    if (Buffer.byteLength(JSON.stringify(evidence)) <= evidenceBytesMax) return evidence;
  }
  return { targets: judged.length };
}

function namesOf(cases: readonly { name: string }[], most: number): string[] {
  return cases.slice(0, most).map(({ name }) => name);
}

/** Names, counts and digests; no inputs, no outputs, no times. */
function evidenceOf({ target, evaluations, calls, permits }: TargetJudged, most: number): object {
  return {
    target: wordOf(target),
    evaluations: evaluations.map(({ evaluation: { name, digest }, compared: { cases, passed, worse, better, still } }) => ({
      name,
      digest,
      cases,
      passed,
      worse: namesOf(worse, most),
      better: namesOf(better, most),
      failsTodayToo: namesOf(still, most),
    })),
    ...(calls !== undefined && { calls: callsEvidence(calls) }),
    ...(permits !== undefined && { permits: { ...permits, worse: permits.worse.length } }),
  };
}

function callsEvidence({ replayed, same, other, worse, noUse, gone, left, network }: NonNullable<TargetJudged["calls"]>): object {
  return { replayed, same, other, worse: worse.length, noUse, gone, left, network };
}
