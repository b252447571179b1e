import type { Finding } from "../base/finding.ts";
import { compareCases, type Compared } from "../evaluation/compare.ts";
import type { Evaluation, TargetKind } from "../evaluation/evaluation.ts";
import { evaluationFile, evaluationsRoom } from "../evaluation/read-evaluation.ts";
import { askEvaluation, type EvaluationAsking } from "./ask-evaluation.ts";
import type { EvaluationSide } from "./evaluation-side.ts";
import type { JudgedSkill } from "./judged-call.ts";
import type { CallsReplayed } from "./replay-calls.ts";
import type { PermitsReplayed } from "./replay-permits.ts";

/** Something that a change touches and that can be judged. */
export interface ChangedTarget {
  kind: TargetKind;
  name: string;
}

/** What was found out about one target; everything here holds for the same tree, base and record. */
export interface TargetJudged {
  target: ChangedTarget;
  evaluations: { evaluation: Evaluation; compared: Compared }[];
  calls?: CallsReplayed | undefined;
  permits?: PermitsReplayed | undefined;
  findings: Finding[];
}

export interface ChangeSides {
  base: EvaluationSide;
  head: EvaluationSide;
}

/** Asks the evaluations about one target on both sides, and does its past again where there is one on both. Errors: those of asking. */
export async function judgeTarget(
  target: ChangedTarget,
  evaluations: readonly Evaluation[],
  sides: ChangeSides,
  asking: EvaluationAsking,
): Promise<TargetJudged> {
  const judged: TargetJudged = { target, evaluations: [], findings: [] };
  for (const evaluation of evaluations) {
    const head = (await askEvaluation(evaluation, sides.head, asking)) ?? evaluation.cases.map(({ name }) => ({ name, passed: false, why: "it is gone" }));
    const compared = compareCases(await askEvaluation(evaluation, sides.base, asking), head);
    judged.evaluations.push({ evaluation, compared });
    judged.findings.push(...caseFindings(target, evaluation, compared));
  }
  if (target.kind === "skill") judged.calls = await replaySkill(target.name, sides, asking);
  if (target.kind === "agent") judged.permits = await replayAgent(target.name, sides, asking);
  judged.findings.push(...callFindings(target, judged.calls), ...permitFindings(target, judged.permits));
  const asked = judged.evaluations.length + (judged.calls?.replayed ?? 0) + (judged.permits?.calls ?? 0);
  if (asked === 0)
    judged.findings.push(
      note("nothing-to-compare", `nothing to compare ${wordOf(target)} with: no evaluation holds it, and no past of it can be done again`, folderOf(target)),
    );
  return judged;
}

async function replaySkill(name: string, { base, head }: ChangeSides, asking: EvaluationAsking): Promise<CallsReplayed | undefined> {
  const [before, now] = [(await base.skill(name)).found, (await head.skill(name)).found];
  // A skill that cannot be used any more is for its evaluations and for the schema to say.
  if (before?.skill.run === undefined || now?.skill.run === undefined) return undefined;
  const [{ openJudgedSkill }, { replayCalls }] = await Promise.all([import("./judged-call.ts"), import("./replay-calls.ts")]);
  const context = { ...asking, purpose: "replay" } as const;
  const opened: JudgedSkill[] = [];
  try {
    for (const found of [before, now]) opened.push(await openJudgedSkill(context, found));
    const [today, changed] = opened;
    if (today === undefined || changed === undefined) return undefined;
    return await replayCalls({ stateDir: asking.open.stateDir, name, base: today, head: changed });
  } finally {
    await Promise.all(opened.map((each) => each.close()));
  }
}

async function replayAgent(name: string, { base, head }: ChangeSides, { open, authority }: EvaluationAsking): Promise<PermitsReplayed | undefined> {
  const [before, now] = [(await base.agent(name))?.agent, (await head.agent(name))?.agent];
  if (before === undefined || now === undefined) return undefined;
  const { replayPermits } = await import("./replay-permits.ts");
  return replayPermits({ stateDir: open.stateDir, authority, base: before, head: now, signal: open.stop });
}

function caseFindings(target: ChangedTarget, { name }: Evaluation, { worse, still }: Compared): Finding[] {
  const file = `${evaluationsRoom}/${name}/${evaluationFile}`;
  return [
    ...worse.map(({ name: each, base, head }): Finding => {
      const before = base === undefined ? "" : ", and passes today";
      return {
        rule: "benchmark/worse",
        level: "error",
        message: `${wordOf(target)}: the case ${JSON.stringify(each)} fails${before}: ${head.why ?? "no reason"}`,
        file,
      };
    }),
    ...still.map(({ name: each }) => note("fails-today-too", `${wordOf(target)}: the case ${JSON.stringify(each)} fails, as it does today`, file)),
  ];
}

function callFindings(target: ChangedTarget, calls: CallsReplayed | undefined): Finding[] {
  if (calls === undefined) return [];
  const file = folderOf(target);
  const found: Finding[] = calls.worse.map(({ run, call, why }) => ({
    rule: "benchmark/replay-worse",
    level: "error",
    message: `${wordOf(target)}: the call ${call} of ${run}, done again, goes well with today's files and not with these: ${why}`,
    file,
    hint: `agentctl run show ${run}`,
  }));
  if (calls.slower > 0)
    found.push({ rule: "benchmark/slower", level: "warning", message: `${wordOf(target)}: ${calls.slower} recorded calls take more than twice as long`, file });
  if (calls.other > 0) found.push(note("other-answer", `${wordOf(target)}: ${calls.other} of ${calls.replayed} recorded calls get another answer`, file));
  if (calls.gone > 0)
    found.push(note("not-kept", `${wordOf(target)}: ${calls.gone} recorded calls cannot be done again, since what they were given is not kept`, file));
  if (calls.network) found.push(note("network", `${wordOf(target)}: its recorded calls are not done again, since it reaches the network`, file));
  else if (calls.left > 0) found.push(note("more-calls", `${wordOf(target)}: ${calls.left} further recorded calls were not done again`, file));
  return found;
}

function permitFindings(target: ChangedTarget, permits: PermitsReplayed | undefined): Finding[] {
  if (permits === undefined) return [];
  const file = `${folderOf(target)}/agent.yaml`;
  const found: Finding[] = permits.worse.map(({ run, key, tool, why }) => ({
    rule: "benchmark/call-lost",
    level: "error",
    message: `${wordOf(target)}: the call ${key} of ${tool} in ${run} went well and would be impossible now: ${why}`,
    file,
    hint: `agentctl run show ${run}`,
  }));
  if (permits.asks > 0) found.push(note("asks-more", `${wordOf(target)}: ${permits.asks} of ${permits.calls} recorded calls would ask a person now`, file));
  if (permits.unreadable > 0) found.push(note("unreadable-run", `${wordOf(target)}: ${permits.unreadable} recorded runs cannot be read`, file));
  return found;
}

export function wordOf({ kind, name }: ChangedTarget): string {
  return `${kind} ${name}`;
}

function folderOf({ kind, name }: ChangedTarget): string {
  return `${kind === "strategy" ? "strategies" : `${kind}s`}/${name}`;
}

function note(rule: string, message: string, file: string): Finding {
  return { rule: `benchmark/${rule}`, level: "note", message, file };
}
