import { amount, share } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import type { Evaluation, Figures, Thresholds } from "../operations/evaluate-runs.ts";
import { named, said, short } from "../operations/timeline-words.ts";
import { sparkline } from "../telemetry/sparkline.ts";
import type { Verdict } from "../telemetry/wilson.ts";
import { rateText } from "./stat-lines.ts";
import { table } from "./table.ts";

/** Regressions that are listed; --json has all. */
const listedMax = 20;

/** An evaluation as a table over time, a line of bars a rate, what regressed, and which incidents there were. */
export function evaluationLines({ periods, total, regressions, incidents }: Evaluation): string[] {
  const rows = [...periods.map((period) => ({ from: period.from.slice(0, 10), ...cells(period) })), { from: "total", ...cells(total) }];
  const bars = (what: "success" | "regression" | "incident"): string => `${what.padEnd(10)}  ${sparkline(periods.map((period) => period[what].share))}`;
  return [
    ...table(rows, ["from", "runs", "success", "regression", "incident", "incidents"]),
    "",
    bars("success"),
    bars("regression"),
    bars("incident"),
    ...(regressions.length === 0 ? [] : ["", ...regressions.slice(-listedMax).map(regressionLine)]),
    ...(regressions.length > listedMax ? [`… ${regressions.length - listedMax} earlier ones; --json has them`] : []),
    ...(incidents.length === 0 ? [] : ["", ...incidentLines(incidents)]),
  ];
}

function cells({
  runs,
  success,
  regression,
  incident,
  incidents,
}: Figures): Record<"runs" | "incidents", number> & Record<"success" | "regression" | "incident", string> {
  return { runs, success: rateText(success), regression: rateText(regression), incident: rateText(incident), incidents };
}

function regressionLine({ kind, name, run, outcome, before, changed }: Evaluation["regressions"][number]): string {
  const differs = changed.map(({ what, from, to }) => `${what} ${version(from)} → ${version(to)}`).join(", ");
  return `regressed  ${kind} ${named(name)}  ${named(run)} ${outcome}, ${named(before)} was ok  ${differs === "" ? "nothing that is known has changed" : differs}`;
}

/** A digest or a commit by its head, a name as it is. */
function version(text: string | null): string {
  return text === null ? "none" : /^(sha256:)?[0-9a-f]{40,64}$/.test(text) ? short(text) : named(text);
}

function incidentLines(incidents: Evaluation["incidents"]): string[] {
  const groups = [...Map.groupBy(incidents, ({ incident, subject }) => JSON.stringify([incident, subject])).values()];
  const rows = groups.map((group) => ({ group, last: group.at(-1) })).toSorted((a, b) => b.group.length - a.group.length);
  const shown = rows.map(({ group, last }) => ({
    incident: last?.incident ?? "",
    times: group.length,
    of: last?.subject == null ? "" : named(last.subject),
    "last in": safeText(last?.run ?? "", { oneLine: true }),
    what: last?.what == null ? "" : said(last.what, 80),
  }));
  return table(shown, ["incident", "times", "of", "last in", "what"]);
}

const thresholdWords: Record<keyof Thresholds, string> = {
  minSuccessRate: "success at least",
  maxRegressionRate: "regressions at most",
  maxIncidentRate: "runs with incidents at most",
  maxIncidents: "incidents at most",
};

const verdictWords: Record<Verdict, string> = { held: "held", unproven: "unproven: too few to tell", breached: "breached" };

/** Each threshold that was given, with what was found. */
export function checkLines(checks: Evaluation["checks"]): string[] {
  return checks.map(({ threshold, allowed, found, verdict }) => {
    const figure = (value: number | null): string => (value === null ? "-" : threshold === "maxIncidents" ? amount(value) : share(value));
    return `${verdictWords[verdict]}  ${thresholdWords[threshold]} ${figure(allowed)}, found ${figure(found)}`;
  });
}
