import { editAutonomy } from "../agent/autonomy-yaml.ts";
import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { declaredLevel } from "../policy/autonomy.ts";
import type { RiskClass } from "../policy/request.ts";
import { requireAgent } from "./agent-shelf.ts";
import { loadAuthority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { proposeContents, type ProposeContentsResult } from "./propose-contents.ts";
import { proposerHere } from "./proposer-here.ts";
import { autonomyOf, type AutonomyReport, type EarnedLevel } from "./show-autonomy.ts";

export interface PromoteAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** Of one class only. */
  class?: RiskClass | undefined;
  /** One more than it has, when not given. */
  to?: number | undefined;
  /** Gives another chance: breaches until now count no more. */
  renew?: boolean | undefined;
  /** Although it has not earned it. */
  anyway?: boolean | undefined;
}

export interface Promotion {
  agent: string;
  class: RiskClass | null;
  from: number;
  to: number;
  earned: boolean;
  /** What is missing, where it is not earned. */
  missing: string[];
  /** Absent when it was refused. */
  proposal?: { id: string; ref: string; head: string } | undefined;
  outcome?: ProposeContentsResult["outcome"] | undefined;
}

/**
 * Proposes another level of an agent, with what the record says of it as the rationale. What is not earned is refused with the numbers, unless it is to be asked
 * for anyway, which the rationale then says. It changes nothing by itself: the proposal lands as any other, and more autonomy takes two keys. Errors (exit usage):
 * `agent/unknown`, `agent/broken`, `agent/bad-level`, `agent/odd-yaml`, and those of `proposeContents`.
 */
export async function promoteAgent(asked: PromoteAsked): Promise<Promotion> {
  const { cwd, env, name, renew = false, anyway = false } = asked;
  const authority = await loadAuthority(cwd, env);
  const agent = await requireAgent(authority, name);
  const from = asked.class === undefined ? agent.level : declaredLevel(agent, asked.class);
  const to = asked.to ?? (renew ? from : from + 1);
  requireLevel({ name, from, to, renew, most: asked.class === undefined ? 4 : agent.level });
  const report = await autonomyOf(authority, asked, agent);
  const figures = asked.class === undefined ? report.runs : (report.classes.find((each) => each.class === asked.class) ?? report.runs);
  const lacks = whatLacks(figures, { from, to, renew });
  const promotion: Promotion = { agent: name, class: asked.class ?? null, from, to, earned: lacks.length === 0, missing: lacks };
  if (lacks.length > 0 && !anyway) return promotion;

  const path = `agents/${name}/agent.yaml`;
  const text = Buffer.from((await authority.repository.readPath(authority.commit, path)) ?? []).toString("utf8");
  const moved = to !== from;
  const edited = editAutonomy(text, {
    ...(moved && asked.class === undefined && { level: to }),
    ...(moved && asked.class !== undefined && { class: { name: asked.class, level: to } }),
    ...(renew && { renewed: isoTime(systemClock.nowMs()).slice(0, 10) }),
  });
  const { proposal, outcome } = await proposeContents({
    cwd,
    env,
    command: `agent promote ${name}`,
    title: titleOf(promotion, renew),
    rationale: rationaleOf(promotion, report, figures),
    proposer: await proposerHere(authority),
    triggeredBy: `person ${personName()}`,
    evidence: report.evidence,
    contents: [{ path, data: Buffer.from(edited) }],
    signature: `autonomy ${name} ${asked.class ?? "all"} ${to} ${renew}`,
  });
  return { ...promotion, outcome, ...(proposal && { proposal: { id: proposal.id, ref: proposal.ref, head: proposal.head } }) };
}

function requireLevel({ name, from, to, renew, most }: { name: string; from: number; to: number; renew: boolean; most: number }): void {
  if (to === from && !renew) throw bad(`${name} has level ${from} already`, `agentctl agent autonomy ${name}`);
  if (to > 4 || to < 1) throw bad(`there is no level ${to}; levels are 1 to 4`, `agentctl agent autonomy ${name}`);
  if (to > most) throw bad(`no class of ${name} may be above level ${most}, which is that of the agent`, `agentctl agent promote ${name} --to ${to}`);
}

function bad(why: string, hint: string): AgentctlError {
  return new AgentctlError("agent/bad-level", why, { hint, exit: "usage" });
}

/** Less autonomy needs nothing to be shown. One level more is earned, or not; two at once and another chance never are: people give them. */
function whatLacks({ missing }: Pick<EarnedLevel, "missing">, { from, to, renew }: { from: number; to: number; renew: boolean }): string[] {
  return [
    ...(to > from ? missing : []),
    ...(to > from + 1 ? [`more than one level at once, from ${from} to ${to}`] : []),
    ...(renew ? ["another chance, which is not earned but given (--anyway)"] : []),
  ];
}

function titleOf({ agent, class: of, from, to }: Promotion, renew: boolean): string {
  const what = to === from ? "another chance" : `level ${from} to ${to}${of === null ? "" : ` in class ${of}`}`;
  return `${agent}: ${what}${renew && to !== from ? ", and another chance" : ""}`.slice(0, 100);
}

function rationaleOf(promotion: Promotion, { since, breaches }: AutonomyReport, figures: Omit<EarnedLevel, "effective">): string {
  const { successes, judged, low, regressions, incidents } = figures;
  const lines = [
    `Since ${since}, when its terms last changed: ${successes} of ${judged} went well (at least ${Math.floor(100 * low)} %), ${regressions} regressions, ${incidents} incidents.`,
    ...(promotion.earned || promotion.to < promotion.from ? [] : [`NOT EARNED; missing: ${promotion.missing.join("; ")}.`]),
    ...breaches.slice(-5).map(({ what, class: of }) => `Breach in class ${of}: ${what}.`),
  ];
  return lines.join("\n");
}
