import { safeText } from "../base/safe-text.ts";
import type { RunSkillResult } from "../operations/run-skill.ts";
import type { Decision } from "../policy/request.ts";
import { decisionLines } from "./decision-lines.ts";
import { facts } from "./facts.ts";
import { paint } from "./paint.ts";

/** The run, and which rule of which commit let it; or why not. */
export function showDecision(run: string, decision: Decision): string[] {
  const head = `run ${run}  policy ${decision.policy.commit.slice(0, 7)}`;
  if (decision.effect === "allow") return [`${head}  rule ${decision.rules.join(", ")}`];
  const [first = "", ...others] = decisionLines(decision, 10);
  // Colour comes last: text that is made safe shows escapes, ours too.
  return [head, paint("red", decision.effect) + first.slice(decision.effect.length), ...others];
}

/** The limit that was reached, and why. */
export function budgetLines({ limit, reason }: NonNullable<RunSkillResult["budget"]>): string[] {
  return [`${paint("red", "budget")}     ${limit}`, `why        ${reason}`];
}

interface Line {
  stream: "data" | "words";
  line: string;
}

function words(line: string): Line {
  return { stream: "words", line };
}

/** What a skill answered, for people. Its words come from the container and are shown with every escape neutralised. */
export function showSkillRun({ run, decision, call, budget, denied }: RunSkillResult): Line[] {
  if (budget !== undefined) return budgetLines(budget).map(words);
  if (denied !== undefined) return [words(`next       agentctl policy explain ${denied.id}`)];
  if (call === undefined) return [words(`next       agentctl policy explain ${decision.id}`)];
  const { limits } = call;
  const output = call.output === undefined ? [] : facts(call.output).map((line) => ({ stream: "data" as const, line: safeText(line) }));
  const ended =
    call.outcome === "ok"
      ? []
      : [words(`${paint("red", call.outcome)}  ${safeText(call.detail ?? (call.exitCode === undefined ? "" : `exit code ${call.exitCode}`))}`.trimEnd())];
  return [
    ...output,
    ...ended,
    words(`in         ${call.image.slice(0, 19)}…  ${network(call)}  ${limits.memoryMiB} MiB  ${limits.timeoutMs / 1000} s  took ${call.durationMs} ms`),
    ...(call.artifacts.length === 0
      ? []
      : [words(`artifacts  ${call.artifacts.map((artifact) => safeText(artifact.path)).join("  ")}     agentctl run show ${run}`)]),
    ...call.refused.map(({ path, why }) => words(`left out   ${safeText(path)}  ${safeText(why)}`)),
  ];
}

/** Where it could get out to, and how often that was tried in vain. */
function network({ hosts, requests }: NonNullable<RunSkillResult["call"]>): string {
  if (hosts.length === 0) return "no network";
  const refused = requests.filter(({ outcome }) => outcome === "refused").length;
  return `out to ${hosts.map((host) => safeText(host)).join(", ")} only: ${requests.length} requests${refused === 0 ? "" : `, ${refused} refused`}`;
}
