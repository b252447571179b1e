import type { Corpus } from "./likeness.ts";
import type { Votes } from "./past-votes.ts";
import { wordsOf } from "./words.ts";

export interface RouteSkill {
  name: string;
  description: string;
  tags: readonly string[];
  trust: "own" | "trusted" | "untrusted";
  /** Its files are those of the commit. */
  committed: boolean;
  /** It has a script; else it is instructions, which an agent reads. */
  runnable: boolean;
  class: string;
  /** Properties that its input must have and that have no default. */
  needs: readonly string[];
}

export interface RouteScore {
  kind: "skill" | "agent";
  name: string;
  /** What is compared: half intent, a third words, the rest runs. */
  score: number;
  /** 0 to 1: how much of a phrase of its own is in the objective. */
  intent: number;
  /** 0 to 1: by the words that it shares with the objective. */
  words: number;
  /** −1 to 1: by how similar runs ended. */
  runs: number;
  /** Why it is not chosen, whatever its score. */
  not?: string | undefined;
}

export interface Candidate extends RouteScore {
  phrase?: string | undefined;
  shared: string[];
  votes?: Votes | undefined;
  covered: number;
}

const shares = { intent: 0.5, words: 0.35, runs: 0.25 } as const;
/** Somebody who could work on an objective, by what they say of themselves and by how similar runs ended. */
export function candidate(
  who: Pick<RouteScore, "kind" | "name">,
  phrases: readonly string[],
  { index, query, corpus, matches }: { index: number; query: readonly string[]; corpus: Corpus; matches: readonly number[] },
  votes?: Votes,
): Candidate {
  const found = phrases.map((phrase) => ({ phrase, fit: phraseFit(wordsOf(phrase), query, corpus) })).toSorted((a, b) => b.fit - a.fit)[0];
  const match = matches[index] ?? 0;
  const [intent, words, runs] = [rounded(found?.fit ?? 0), rounded(match / (match + 4)), rounded(votes?.score ?? 0)];
  const score = rounded(shares.intent * intent + shares.words * words + shares.runs * runs);
  return { ...who, score, intent, words, runs, phrase: found?.phrase, shared: corpus.shared(query, index), votes, covered: corpus.covered(query, index) };
}

/** How much of a phrase is in the objective, weighted; all of a longer one says more than all of a short one. */
function phraseFit(phrase: readonly string[], query: readonly string[], corpus: Corpus): number {
  const words = [...new Set(phrase)];
  const total = words.reduce((sum, word) => sum + corpus.weight(word), 0);
  if (total === 0) return 0;
  const part = words.filter((word) => query.includes(word)).reduce((sum, word) => sum + corpus.weight(word), 0) / total;
  const full = words.length === 1 ? 0.6 : words.length === 2 ? 0.85 : 1;
  return part > 1 - 1e-9 ? full : 0.7 * part ** 2 * full;
}

/** Why a skill is not started by a guess, whatever its score; undefined when it may be. `files` are those that the objective names. */
export function notChosen(
  { trust, committed, runnable, class: riskClass, needs }: RouteSkill,
  given: readonly string[],
  files: readonly string[],
): string | undefined {
  if (trust === "untrusted") return "comes from elsewhere and nobody has trusted it";
  if (!runnable) return "is instructions, which an agent reads";
  if (!committed) return "is not committed as it lies there";
  if (!["R", "W", "B"].includes(riskClass)) return `is of class ${riskClass}, which nobody starts by a guess`;
  const missing = needs.filter((need) => !given.includes(need));
  if (missing.length > 0) return `needs ${missing.join(", ")}, which is not given`;
  return files.length > 0 && given.length === 0 ? `would have to be given ${files.join(", ")}` : undefined;
}

/** Files that an objective names: a skill that works on its example instead would answer another question. */
export function namedFiles(objective: string): string[] {
  const tokens = objective
    .slice(0, 8_000)
    .split(/\s+/)
    .map((token) => token.replaceAll(/^[^\p{L}\p{N}_./]+|[^\p{L}\p{N}_/]+$/gu, ""));
  return [...new Set(tokens.filter((token) => /^[^\s/]+(\/[^\s/]+)+$/u.test(token) || /^[\p{L}\p{N}_-]{2,}\.[a-z][a-z0-9]{0,7}$/iu.test(token)))].slice(0, 5);
}

/** The order of candidates: by score, then kind and name. */
export function better(a: Candidate, b: Candidate): number {
  return b.score - a.score || (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? -1 : 1);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
