import { corpusOf } from "./likeness.ts";
import { votesOf, type PastRun } from "./past-votes.ts";
import { better, candidate, namedFiles, notChosen, type Candidate, type RouteScore, type RouteSkill } from "./route-candidate.ts";
import { wordsOf, writtenWords } from "./words.ts";

export type { PastRun } from "./past-votes.ts";
export type { RouteScore, RouteSkill } from "./route-candidate.ts";

export interface RouteAgent {
  name: string;
  description: string;
  intents: readonly string[];
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

/** Below this an agent shares nothing with the objective that would be worth its tokens. */
const fitsFrom = 0.1;
/** So much better than the best agent has a skill to be, and so much of the objective has it to know, to stand for all of the work; or it is named, and far better. */
const solves = { clearly: 1.2, knowsFrom: 0.6, farBetter: 3, named: 0.6, namedKnowsFrom: 0.25 } as const;

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

function choose(candidates: readonly Candidate[], barred: readonly string[], written: ReadonlyMap<string, string>): Route {
  const agent = candidates.find(({ kind }) => kind === "agent");
  const skill = candidates.find((each) => each.kind === "skill" && each.not === undefined);
  const fits = agent !== undefined && agent.score >= fitsFrom;
  const solved = skill !== undefined && skill.score >= fitsFrom && solvesIt(skill, agent?.score ?? 0);
  const chosen = solved ? skill : fits ? agent : undefined;
  const why = chosen === undefined ? ["no agent and no skill shares enough with the objective"] : reasons(chosen, written);
  const rival = candidates.find(
    (each) =>
      each.kind === "skill" && each !== chosen && each.score >= (chosen?.score ?? fitsFrom) * 0.8 && (chosen?.kind !== "skill" || each.not !== undefined),
  );
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
