import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { safeText } from "../base/safe-text.ts";

/** What in the record could be better. */
export type OpportunityKind = "failure" | "flaky" | "struggle" | "novel-task" | "denied-then-allowed" | "strategy" | "slow-skill" | "costly";

export type Subject = "skill" | "agent" | "tool" | "policy" | "strategy" | "objective";

/** A row of an answer, read: something that was seen `count` times. Every text in it was written by somebody else. */
export interface Sighting {
  /** The question that found it. */
  question: string;
  kind: OpportunityKind;
  subject: Subject;
  /** Of the skill, agent, tool, strategy; for an objective and a policy what tells it from others. */
  name: string;
  /** Whose tool or agent it was, where a fix belongs to that agent. */
  agent?: string | undefined;
  /** Error, reason or task: what tells this cause from others. */
  text: string;
  /** More of it, as it stands on record. */
  quote?: string | undefined;
  /** What it was given, as JSON, where that helps. */
  input?: string | undefined;
  count: number;
  /** Newest first. */
  runs: readonly string[];
  /** When it was seen last, ms. */
  lastMs: number;
  costUsd: number;
  /** Digest of the skill as it ran then. */
  digest?: string | undefined;
}

export interface Opportunity extends Omit<Sighting, "runs"> {
  /** o-…, from the signature. */
  id: string;
  /** The same for the same cause, whenever and wherever it is seen: 24 hex digits. */
  signature: string;
  /** The normalised text. */
  cause: string;
  /** At most five, newest first. */
  runs: string[];
  /** By which it is ranked. */
  score: number;
}

const runsShown = 5;
const causeMax = 300;

/** How much one sighting says that a change is worth a person's time. */
const weights: Readonly<Record<OpportunityKind, number>> = {
  failure: 5,
  flaky: 4,
  struggle: 4,
  "denied-then-allowed": 3,
  strategy: 2,
  "novel-task": 2,
  "slow-skill": 1,
  costly: 1,
};
/** A dollar spent on it counts as so many sightings of weight 1. */
const perDollar = 10;

/** What differs although the cause is the same: addresses, times, paths, ids, digests, numbers. Bounded in each part, so that no text takes long; in order. */
const varying: readonly RegExp[] = [
  /\bhttps?:\/\/[^\s"'<>)\]]{1,2000}/giu,
  /[-+]?\b\d{4,6}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g,
  /(?:\b[A-Za-z]:)?[\w.@~+-]{0,100}(?:[/\\][\w.@~+-]{1,255}){1,64}[/\\]?/g,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b[a-z]{1,3}-[0-9a-hjkmnp-tv-z]{10}\b/g,
  /[-+]?\b\d{1,40}(?:\.\d{1,40})?e[-+]?\d{1,4}\b/gi,
  /\b(?:0x)?(?=\d{0,128}[a-f])[0-9a-f]{8,128}\b/gi,
  /\b(?=[A-Za-z]{0,64}\d)(?=\d{0,64}[A-Za-z])[A-Za-z0-9]{8,64}\b/g,
  /[-+]?\d{1,64}(?:[.,]\d{1,64}){0,8}/g,
];

/** A text without what differs from one time to the next although the cause is the same: times, ids, digests, paths, numbers. One line. */
export function normaliseCause(text: string): string {
  const line = safeText(text.slice(0, 4000).toWellFormed()).replaceAll(/\s+/g, " ").trim();
  return varying
    .reduce((done, pattern) => done.replaceAll(pattern, "#"), line)
    .replaceAll(/#(?: ?#)+/g, "#")
    .slice(0, causeMax);
}

/** The line of a program's last words that says what went wrong: the last one that names an error, else the last that says anything. */
export function errorLine(stderr: string): string {
  const lines = stderr
    .slice(-8000)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.findLast((line) => /^(?:[\w.]{0,100}(?:Error|Exception|Interrupt|Exit)\b|(?:error|fatal|panic)\b)/i.test(line)) ?? lines.at(-1) ?? "";
}

/** The cause's name: over kind, what it is about and the normalised text. */
export function signatureOf({ kind, subject, name, agent, text }: Pick<Sighting, "kind" | "subject" | "name" | "agent" | "text">): string {
  return sha256(canonicalJson([kind, subject, name, agent ?? null, normaliseCause(text)])).slice(0, 24);
}

/** Sightings of one cause are one opportunity; the worst come first, equal ones by signature. */
export function opportunitiesOf(sightings: readonly Sighting[]): Opportunity[] {
  const found = new Map<string, Opportunity>();
  for (const sighting of sightings.toSorted((a, b) => b.lastMs - a.lastMs)) {
    const signature = signatureOf(sighting);
    const known = found.get(signature);
    const count = (known?.count ?? 0) + sighting.count;
    const costUsd = (known?.costUsd ?? 0) + sighting.costUsd;
    const runs = [...new Set([...(known?.runs ?? []), ...sighting.runs])].slice(0, runsShown);
    // The newest sighting tells what it looks like today.
    found.set(signature, {
      ...(known ?? { ...sighting, id: `o-${signature.slice(0, 10)}`, signature, cause: normaliseCause(sighting.text) }),
      count,
      costUsd,
      runs,
      score: count * weights[sighting.kind] + costUsd * perDollar,
    });
  }
  return [...found.values()].toSorted((a, b) => b.score - a.score || (a.signature < b.signature ? -1 : 1));
}

/** Where a change for it belongs: beginnings of paths. What a draft touches beside them is said to those who look at it. */
export function roomsOf({ subject, name, agent }: Pick<Opportunity, "subject" | "name" | "agent">): string[] {
  if (subject === "skill") return [`skills/${name}/`];
  if (subject === "strategy") return [`strategies/${name}/`];
  if (subject === "policy") return ["policies/"];
  if (subject === "objective") return ["skills/"];
  return [`agents/${agent ?? name}/`];
}

/** Paths of a draft outside what it is about. Signers and people are never what a rule is about. */
export function touchesMore(opportunity: Pick<Opportunity, "subject" | "name" | "agent">, paths: readonly string[]): string[] {
  const rooms = roomsOf(opportunity);
  return paths.filter((path) => !rooms.some((room) => path.startsWith(room)) || /^policies\/(signers|people)/i.test(path) || path === "skills/lock.yaml");
}

/** What became of a proposal about the same cause. */
export interface Earlier {
  proposal: string;
  state: "open" | "rejected" | "withdrawn" | "stale" | "landed" | "rolled-back";
  /** When it ended, ms. */
  closedMs?: number | undefined;
}

export type Standing = { state: "new" } | { state: "known"; proposal: string; why: string } | { state: "again"; proposal: string; why: string };

/**
 * Whether a cause has been seen to. An open proposal about it, or a no of people within `quietMs`, is enough. A fix that landed is enough until the cause is
 * seen after it: then the fix did not hold, and it is proposed anew, saying so.
 */
export function standingOf(lastMs: number, earlier: readonly Earlier[], { nowMs, quietMs }: { nowMs: number; quietMs: number }): Standing {
  const open = earlier.find(({ state }) => state === "open");
  if (open !== undefined) return { state: "known", proposal: open.proposal, why: `${open.proposal} is open` };
  const [last] = earlier.toSorted((a, b) => (b.closedMs ?? 0) - (a.closedMs ?? 0));
  if (last === undefined) return { state: "new" };
  const { proposal, state, closedMs = 0 } = last;
  if (state === "landed" || state === "rolled-back") {
    const seenAfter = lastMs > closedMs;
    if (!seenAfter) return { state: "known", proposal, why: `${proposal} ${state === "landed" ? "landed" : "was rolled back"} and it was not seen since` };
    const why = state === "landed" ? `it came back after ${proposal} had landed` : `${proposal} was rolled back, and it is still there`;
    return { state: "again", proposal, why };
  }
  return nowMs - closedMs < quietMs ? { state: "known", proposal, why: `${proposal} was ${state}` } : { state: "new" };
}
