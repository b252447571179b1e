import { safeText } from "../base/safe-text.ts";
import type { Promotion } from "../operations/promote-agent.ts";
import type { AutonomyReport, EarnedLevel } from "../operations/show-autonomy.ts";
import { table } from "./table.ts";

/** The autonomy of an agent as lines. */
export function autonomyLines({ agent, since, runs, classes, breaches }: AutonomyReport): string[] {
  const rows = [
    ...classes.map((each) => ({ class: each.class, declared: each.declared, now: each.effective, ...shown(each) })),
    { class: "runs", declared: runs.declared, now: null, ...shown(runs) },
  ];
  return [
    `${safeText(agent, { oneLine: true })} since ${since.slice(0, 19)}Z`,
    ...table(rows, ["class", "declared", "now", "went well", "at least", "regressions", "incidents", "earned", "missing"]),
    ...(breaches.length === 0 ? [] : ["", "breaches"]),
    ...breaches.map(({ class: of, what, run }) => `  ${of}  ${safeText(what, { oneLine: true })}${run === undefined ? "" : `  ${run}`}`),
  ];
}

function shown({ successes, judged, low, regressions, incidents, earned, missing }: Omit<EarnedLevel, "effective">): {
  "went well": string;
  "at least": string;
  regressions: number;
  incidents: number;
  earned: number;
  missing: string;
} {
  return {
    "went well": judged === 0 ? "" : `${successes} of ${judged}`,
    "at least": judged === 0 ? "" : `${Math.floor(100 * low)} %`,
    regressions,
    incidents,
    earned,
    missing: missing.join("; "),
  };
}

/** What became of asking for another level, as lines for people. */
export function promotionLines({ agent, class: of, from, to, missing, proposal }: Promotion): string[] {
  const what = `${agent}${of === null ? "" : ` in class ${of}`}: level ${from} to ${to}`;
  if (proposal !== undefined) {
    const not = missing.length === 0 || to < from ? "" : " (not earned, and says so)";
    return [`proposed  ${what}${not}`, `          agentctl proposal show ${proposal.id}`];
  }
  if (missing.length === 0) return [`not proposed  ${what}`];
  return [`refused  ${what} is not earned; missing: ${missing.join("; ")}`, `mend     agentctl agent autonomy ${agent}     or ask for it anyway: --anyway`];
}
