import { corpusOf, type Corpus } from "./likeness.ts";
import { votesOf, type PastRun, type Votes } from "./past-votes.ts";
import { wordsOf, writtenWords } from "./words.ts";

export type { PastRun } from "./past-votes.ts";

export interface RouteAgent {
  name: string;
  description: string;
  intents: readonly string[];
}

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

export interface Route {
  /** Null when nothing fits: then a person names an agent. */
  choice: { kind: "skill" | "agent"; name: string } | null;
  /** In the order of weight. */
  why: string[];
  /** The best first; of the same score by kind and name. */
  scores: RouteScore[];
}

export interface Routable {
  agents: readonly RouteAgent[];
  skills: readonly RouteSkill[];
  runs: readonly PastRun[];
  /** Properties of a skill's input that the caller gives. */
  given?: readonly string[] | undefined;
}

const shares = { intent: 0.5, words: 0.35, runs: 0.25 } as const;
/** Below this an agent shares nothing with the objective that would be worth its tokens. */
const fitsFrom = 0.1;
/** So much better than the best agent has a skill to be, and so much of the objective has it to know, to stand for all of the work; or it is named, and far better. */
const solves = { clearly: 1.2, knowsFrom: 0.6, farBetter: 3, named: 0.6, namedKnowsFrom: 0.25 } as const;

interface Candidate extends RouteScore {
  phrase?: string | undefined;
  shared: string[];
  votes?: Votes | undefined;
  covered: number;
}

/** Chooses who works on an objective: without a model, the same answer for the same values. Any text; never throws. */
export function route(objective: string, { agents, skills, runs, given = [] }: Routable): Route {
  const query = wordsOf(objective);
  // What nobody has trusted is not even a part of the statistics: its words could move the weight of all others.
  const open = skills.filter(({ trust }) => trust !== "untrusted");
  const corpus = corpusOf([
    ...agents.map(({ name, description, intents }) => [name, description, ...intents].join("\n")),
    ...open.map(({ name, description, tags }) => [name, description, ...tags].join("\n")),
  ]);
  const matches = corpus.scores(query);
  const votes = votesOf(query, runs);
  const files = namedFiles(objective);
  const candidates = [
    ...agents.map(({ name, intents }, index) => candidate({ kind: "agent", name }, [...intents, name], { index, query, corpus, matches }, votes.get(name))),
    ...open.map((skill, index) => ({
      ...candidate({ kind: "skill", name: skill.name }, [skill.name, ...skill.tags.filter((tag) => /\s/.test(tag))], {
        index: agents.length + index,
        query,
        corpus,
        matches,
      }),
      not: notChosen(skill, given, files),
    })),
  ].toSorted(better);
  const barred = skills.filter(({ trust }) => trust === "untrusted").map(({ name }) => name);
  return choose(candidates, barred, writtenWords(objective));
}

function candidate(
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

function notChosen(
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
function namedFiles(objective: string): string[] {
  const tokens = objective
    .slice(0, 8_000)
    .split(/\s+/)
    .map((token) => token.replaceAll(/^[^\p{L}\p{N}_./]+|[^\p{L}\p{N}_/]+$/gu, ""));
  return [...new Set(tokens.filter((token) => /^[^\s/]+(\/[^\s/]+)+$/u.test(token) || /^[\p{L}\p{N}_-]{2,}\.[a-z][a-z0-9]{0,7}$/iu.test(token)))].slice(0, 5);
}

function choose(candidates: readonly Candidate[], barred: readonly string[], written: ReadonlyMap<string, string>): Route {
  const agent = candidates.find(({ kind }) => kind === "agent");
  const skill = candidates.find((each) => each.kind === "skill" && each.not === undefined);
  const fits = agent !== undefined && agent.score >= fitsFrom;
  const solved = skill !== undefined && skill.score >= fitsFrom && solvesIt(skill, agent?.score ?? 0);
  const chosen = solved ? skill : fits ? agent : undefined;
  const why = chosen === undefined ? ["no agent and no skill shares enough with the objective"] : reasons(chosen, written);
  const rival = candidates.find((each) => each.kind === "skill" && each !== chosen && each.score >= (chosen?.score ?? fitsFrom) * 0.8);
  if (rival !== undefined && rival.score > 0) why.push(`skill ${rival.name} ${rival.not ?? lacking(rival, agent)}`);
  if (chosen?.kind === "skill" && agent !== undefined) why.push(`it is clearly above the best agent, ${agent.name}, with ${agent.score}`);
  if (barred.length > 0) why.push(`not looked at, because nobody has trusted ${barred.length === 1 ? "it" : "them"}: ${barred.join(", ")}`);
  return {
    choice: chosen === undefined ? null : { kind: chosen.kind, name: chosen.name },
    why,
    scores: candidates.map(({ phrase: _phrase, shared: _shared, votes: _votes, covered: _covered, ...score }) => score),
  };
}

function solvesIt({ score, covered, intent }: Candidate, agentScore: number): boolean {
  if (covered >= solves.knowsFrom) return score >= solves.clearly * agentScore;
  return intent >= solves.named && covered >= solves.namedKnowsFrom && score >= solves.farBetter * agentScore;
}

function lacking({ covered, score }: Candidate, agent: Candidate | undefined): string {
  if (covered < solves.knowsFrom) return `knows only ${Math.round(covered * 100)} % of what is asked`;
  return `is not clearly above ${agent?.name ?? "the agents"}: ${score} to ${agent?.score ?? 0}`;
}

function reasons({ intent, phrase, shared, votes }: Candidate, written: ReadonlyMap<string, string>): string[] {
  const why: string[] = [];
  if (intent > 0 && phrase !== undefined) why.push(`${intent >= 0.6 ? "it is for" : "it is for something like"} “${phrase}”`);
  if (shared.length > 0) {
    const words = shared.slice(0, 8).map((word) => written.get(word) ?? word);
    why.push(`its words in the objective: ${words.join(", ")}`);
  }
  for (const [runs, how] of [
    [votes?.well ?? [], "ended well"],
    [votes?.badly ?? [], "ended badly"],
  ] as const) {
    if (runs.length > 0)
      why.push(
        `${runs.length} similar ${runs.length === 1 ? "run" : "runs"} ${how}: ${runs
          .slice(0, 3)
          .map(({ root }) => root)
          .join(", ")}`,
      );
  }
  return why;
}

function better(a: Candidate, b: Candidate): number {
  return b.score - a.score || (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? -1 : 1);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
