import type { Agent } from "../agent/agent.ts";
import { isoTime } from "../base/clock.ts";
import { firstParents } from "../git/first-parents.ts";
import { treeChanges } from "../git/history.ts";
import { breachesOf, breachWeights, type BreachRow } from "../ledger/autonomy.ts";
import { declaredLevel, earnedLevel, missing, termsOf, type AutonomyFigures } from "../policy/autonomy.ts";
import { riskClasses, type RiskClass } from "../policy/request.ts";
import { judgeTasks } from "../telemetry/judge-tasks.ts";
import { rateOf } from "../telemetry/wilson.ts";
import { askOwn } from "../trace/own-question.ts";
import { committedAgent, requireAgent } from "./agent-shelf.ts";
import { withLedger } from "./audit-state.ts";
import { levelNow } from "./autonomy-level.ts";
import { readEvaluated } from "./evaluate-runs-record.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";

/** What an agent may do by itself, of one class or over all its runs, and what it has shown. */
export interface EarnedLevel extends Omit<AutonomyFigures, "weight"> {
  declared: number;
  effective: number;
  /** What the record would bear: one more than declared at most. */
  earned: number;
  /** What is missing for one more. */
  missing: string[];
}

export interface AutonomyReport {
  agent: string;
  commit: string;
  /** Digest over level and autonomy of agent.yaml. */
  terms: string;
  /** Since when these terms stand on the branch, RFC 3339; figures count from here. */
  since: string;
  /** Over its runs, for the level of the agent as a whole. */
  runs: Omit<EarnedLevel, "effective">;
  classes: (EarnedLevel & { class: RiskClass })[];
  breaches: BreachRow[];
  /** Roots of its last runs since then that went well. */
  evidence: string[];
}

/** As far back as the beginning of the terms is looked for; beyond it figures count from there. */
const commitsMax = 500;
/** Incidents that an agent did not bring about. */
const notItsOwn = new Set(["halt", "interrupted", "died"]);

/**
 * The autonomy of one agent of the commit, computed anew from git, the ledger and the record. A ledger that cannot be read leaves level 1 everywhere. Errors (exit
 * usage): `agent/unknown`, `agent/broken`; and those of a query.
 */
export async function showAutonomy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<AutonomyReport> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  return autonomyOf(authority, asked, await requireAgent(authority, asked.name));
}

/** As `showAutonomy`, of an agent that was read. */
export async function autonomyOf(authority: Authority, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }, agent: Agent): Promise<AutonomyReport> {
  const { stateDir } = authority.workspace;
  const since = isoTime(await termsSince(authority, agent));
  const renewed = agent.autonomy?.renewed ?? "";
  const [record, calls] = await Promise.all([readEvaluated({ cwd, env, stateDir, from: since }), callsOf(stateDir, agent.name, since)]);
  const attempts = record.attempts.filter(({ kind, name }) => kind === "agent" && name === agent.name);
  const { success, regressions } = judgeTasks(attempts, { from: since, to: "9999" });
  const own = new Set(record.runs.filter((run) => run.agent === agent.name).map(({ run }) => run));
  const incidents = record.incidents.filter(({ run, incident }) => own.has(run) && !notItsOwn.has(incident)).length;
  const kept = ledgerOf(stateDir, agent, renewed);
  const shared = { regressions: regressions.length, incidents };
  const classes = riskClasses.map((of) => {
    const { ok, judged } = calls.get(of) ?? { ok: 0, judged: 0 };
    const declared = declaredLevel(agent, of);
    const figures = { successes: ok, judged, low: rateOf(ok, judged).low, ...shared, weight: kept.weight(of) };
    return { class: of, effective: kept.level(of), ...earned(declared, figures) };
  });
  const figures = { successes: success.hits, judged: success.of, low: success.low, ...shared, weight: Math.max(...riskClasses.map(kept.weight)) };
  return {
    agent: agent.name,
    commit: authority.commit,
    terms: termsOf(agent),
    since,
    runs: earned(agent.level, figures),
    classes,
    breaches: kept.breaches,
    evidence: attempts
      .filter(({ started, outcome }) => started >= since && outcome === "ok")
      .slice(-20)
      .map(({ run }) => run),
  };
}

function earned(declared: number, figures: AutonomyFigures): Omit<EarnedLevel, "effective"> {
  const { weight: _, ...shown } = figures;
  return { declared, ...shown, earned: earnedLevel(declared, figures), missing: missing(figures) };
}

interface Kept {
  level(of: RiskClass): number;
  weight(of: RiskClass): number;
  breaches: BreachRow[];
}

/** Without a ledger nothing has happened yet; one that cannot be read leaves level 1, and weighs what no record makes up for. */
function ledgerOf(stateDir: string, agent: Agent, renewed: string): Kept {
  try {
    const found = withLedger(stateDir, (ledger) => {
      const level = new Map(riskClasses.map((of) => [of, levelNow(ledger, agent, of)]));
      const weight = new Map(
        riskClasses.map((of) => {
          const counted = breachWeights(ledger, { agent: agent.name, renewed, class: of }).filter(({ declared }) => declared >= declaredLevel(agent, of));
          return [of, counted.reduce((sum, each) => sum + each.weight, 0)];
        }),
      );
      return { level, weight, breaches: breachesOf(ledger, agent.name, renewed) };
    });
    if (found === undefined) return { level: (of) => declaredLevel(agent, of), weight: () => 0, breaches: [] };
    return { level: (of) => found.level.get(of) ?? 1, weight: (of) => found.weight.get(of) ?? Infinity, breaches: found.breaches };
  } catch {
    return { level: () => 1, weight: () => Infinity, breaches: [] };
  }
}

/** Calls of its tools by class; what was denied, refused or waits says nothing of how well it works. */
async function callsOf(stateDir: string, name: string, since: string): Promise<Map<string, { ok: number; judged: number }>> {
  const sql = `SELECT t."class", count(*) FILTER (t.outcome = 'ok'), count(*) FILTER (t.outcome IN ('ok', 'failed', 'timeout')) FROM tool_calls t
    JOIN agent_runs a ON a.run = t.run WHERE a.agent = '${name}' AND t.started >= TIMESTAMP '${since.replace("T", " ").replace("Z", "")}' GROUP BY 1`;
  const [rows = []] = await askOwn(stateDir, [sql], ["runs", "agent_runs", "tool_calls"]);
  return new Map(rows.map(([of, ok, judged]) => [String(of), { ok: Number(ok), judged: Number(judged) }]));
}

/** When the commit was made that brought these terms to the branch, ms; by first parents, so that what a branch said before it was merged does not count. */
async function termsSince({ repository, commit }: Authority, agent: Agent): Promise<number> {
  const commits = await firstParents(repository, commit, commitsMax);
  const pairs = commits.slice(0, -1).map((each, index) => [commits[index + 1]?.oid ?? each.oid, each.oid] as const);
  const changes = await treeChanges(repository, pairs);
  const path = `agents/${agent.name}/agent.yaml`;
  const terms = termsOf(agent);
  for (const [index, changed] of changes.entries()) {
    const before = commits[index + 1];
    if (before === undefined || !changed.some((change) => change.path === path)) continue;
    const then = (await committedAgent({ repository, commit: before.oid }, agent.name))?.agent;
    if (then === undefined || termsOf(then) !== terms) return commits[index]?.committedMs ?? 0;
  }
  return commits.at(-1)?.committedMs ?? 0;
}
