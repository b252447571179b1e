import { safeText } from "../base/safe-text.ts";
import type { EventData, EventKind, EventRecord } from "../event/events.ts";
import { agentWording } from "./agent-wording.ts";
import { netWording } from "./net-wording.ts";
import { notifyWording } from "./notify-wording.ts";
import { proposalWording } from "./proposal-wording.ts";
import { sidecarWording } from "./sidecar-wording.ts";
import { counted, duration, named, short } from "./timeline-words.ts";

/** One line of what happened. */
export interface TimelineEntry {
  seq: number;
  ts: string;
  /** Since the first record of its run, by wall time. */
  offsetMs: number;
  /** Of an agent's run: how many records there are up to this one, over all parts; `run fork --at` takes it. */
  at?: number;
  kind: EventKind;
  /** For people: what was asked or done, and how it ended. */
  text: string;
}

type Wording = { [K in EventKind]: (data: EventData[K]) => string };

const wording: Wording = {
  "run.started": ({ command, actor, workspace, policy }) =>
    `${actor.kind} ${actor.name} asked: ${command}  (commit ${short(workspace.commit)}${workspace.dirty ? ", edited" : ""}, policy ${short(policy.commit)})`,
  "run.finished": ({ outcome, durationMs, error, message }) => [outcome, duration(durationMs), error, message].filter(Boolean).join("  "),
  "decision.made": ({ effect, rules, reason, request, would }) => {
    const asked = request as { action?: string; skill?: { name?: string }; tool?: string; path?: string; host?: string };
    const subject = asked.skill?.name ?? asked.tool ?? asked.path ?? asked.host;
    const what = [asked.action, subject === undefined ? undefined : named(subject)].filter(Boolean).join(" ");
    const rule = rules.length === 0 ? "no rule matched" : `rule ${rules.join(", ")}`;
    return [`${effect}  ${what}`, rule, reason, would === undefined ? undefined : `would: ${would}`].filter(Boolean).join("  ");
  },
  "skill.started": ({ skill, version, digest, trust, runner, image }) =>
    `${skill}${version === undefined ? "" : ` ${version}`}@${short(digest)}  ${trust}  runner ${runner} ${short(image)}`,
  "skill.finished": ({ skill, outcome, exitCode, signal, oomKilled, durationMs, artifacts, refused = [] }) =>
    [
      `${skill}  ${outcome}`,
      exitCode === undefined ? undefined : `exit ${exitCode}`,
      signal,
      oomKilled ? "out of memory" : undefined,
      duration(durationMs),
      counted(artifacts.length, "artifact"),
      refused.length === 0 ? undefined : `${counted(refused.length, "file")} refused`,
    ]
      .filter(Boolean)
      .join("  "),
  "budget.reserved": ({ amounts, granted, limit }) => `${granted ? "granted" : "refused"}  ${spent(amounts)}${limit === undefined ? "" : `  limit ${limit}`}`,
  "budget.settled": ({ amounts }) => `spent  ${spent(amounts)}`,
  "halt.set": ({ by, reason, runsStopped, containersKilled }) =>
    `by ${by}: ${reason}  ${counted(runsStopped, "run")} stopped, ${counted(containersKilled, "container")} killed`,
  "halt.released": ({ by, reason }) => `by ${by}: ${reason}`,
  "data.imported": ({ data, symbol, timeframe, rows, from, to, missing }) =>
    `${data}  ${symbol} ${timeframe}  ${counted(rows, "bar")}  ${from.slice(0, 10)} … ${to.slice(0, 10)}  ${missing} missing`,
  "backtest.started": ({ backtest, strategy, digest, parameters, identity }) =>
    `${backtest}  ${strategy}@${short(digest)}  ${settings(parameters)}  identity ${short(identity)}`,
  "backtest.finished": ({ backtest, outcome, why, durationMs, bars, trades }) =>
    [
      `${backtest}  ${outcome}`,
      why,
      bars === undefined ? undefined : counted(bars, "bar"),
      trades === undefined ? undefined : counted(trades, "trade"),
      duration(durationMs),
    ]
      .filter(Boolean)
      .join("  "),
  "experiment.started": ({ experiment, strategy, digest, trials, resumes }) =>
    `${experiment}  ${strategy}@${short(digest)}  ${counted(trials, "trial")} planned${resumes === undefined ? "" : `  goes on with ${resumes}`}`,
  "trials.recorded": ({ experiment, trials }) => `${experiment}  ${counted(trials.length, "trial")}`,
  "experiment.finished": ({ experiment, outcome, trials, durationMs }) => `${experiment}  ${outcome}  ${counted(trials, "trial")}  ${duration(durationMs)}`,
  "gate.finished": ({ gate, strategy, digest, passed, checks, trials }) =>
    `${gate}  ${strategy}@${short(digest)}  ${passed ? "passed" : `refused: ${failed(checks)}`}  after ${counted(trials, "variant")} on this data`,
  ...agentWording,
  ...netWording,
  ...notifyWording,
  ...proposalWording,
  ...sidecarWording,
};

/** Characters of a line; what is longer is cut off. */
const lineMax = 2000;

/** Words a record. A kind that this version does not know is shown as its data. */
export function timelineEntry(record: EventRecord, offsetMs: number): TimelineEntry {
  const { seq, ts, kind, data } = record;
  return { seq, ts, offsetMs, kind, text: oneLine(worded(kind, data)) };
}

/** Whatever stands in a record, it is one line that a terminal can show. */
function oneLine(text: string): string {
  const line = safeText(text.slice(0, lineMax * 2), { oneLine: true });
  return line.length > lineMax ? `${line.slice(0, lineMax - 1).toWellFormed()}…` : line;
}

function worded<K extends EventKind>(kind: K, data: EventData[K]): string {
  try {
    return wording[kind](data);
  } catch {
    // A large text stands outside its record, or an older version wrote the record otherwise.
    return JSON.stringify(data).slice(0, 300);
  }
}

function spent(amounts: EventData["budget.settled"]["amounts"]): string {
  return Object.entries(amounts)
    .map(([name, amount]) => `${name} ${amount}`)
    .join(", ");
}

function settings(parameters: EventData["backtest.started"]["parameters"]): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function failed(checks: EventData["gate.finished"]["checks"]): string {
  return checks
    .filter(({ passed }) => !passed)
    .map(({ check }) => check)
    .join(", ");
}
