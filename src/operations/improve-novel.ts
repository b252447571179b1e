import { countsOf, likeness, weightsOf } from "../agent/likeness.ts";
import { wordsOf } from "../agent/words.ts";
import type { Sighting } from "../proposal/opportunity.ts";
import type { Question } from "./improve-questions.ts";

/** Objectives with so much in common are the same task. */
const alike = 0.6;
/** A task is worth a skill when it came so often. */
const timesMin = 3;
/** Fewer words in common say nothing about what is to be done. */
const sharedMin = 3;
const rowsMax = 500;
const wordsShown = 6;

/** Tasks that agents work out again each time, with no skill for them: objectives that are alike, by their words. */
export function novelTasks(worked: string, after: (column: string, since: string) => string): Question {
  return {
    id: "novel-tasks",
    asks: "Which objectives were given to agents, that no skill was used for?",
    columns: ["run", "objective", "started_ms", "cost_usd"],
    views: ["runs", "agent_runs", "skill_runs"],
    sql: (since) => `WITH ${worked}
SELECT a.run, left(objective, 2000) AS objective, epoch_ms(a.started) AS started_ms, cost_usd FROM agent_runs a
WHERE ${after("a.started", since)} AND a.run IN (SELECT run FROM worked) AND a.fork_of IS NULL
  AND NOT EXISTS (SELECT 1 FROM skill_runs s WHERE s.run = a.run OR starts_with(s.run, a.run || '-'))
ORDER BY a.started DESC LIMIT ${rowsMax}`,
    sightings: (rows) =>
      tasksOf(
        rows.map(([run, objective, startedMs, costUsd]) => ({
          run: String(run),
          objective: String(objective),
          startedMs: Number(startedMs),
          costUsd: Number(costUsd ?? 0),
        })),
      ),
  };
}

interface GivenObjective {
  run: string;
  objective: string;
  startedMs: number;
  costUsd: number;
}

/** Those that came often enough, each with the words that all of its objectives share; whatever order they come in. */
export function tasksOf(given: readonly GivenObjective[]): Sighting[] {
  const counts = given.map(({ objective }) => countsOf(wordsOf(objective).filter((word) => !/\d/.test(word))));
  const weight = weightsOf(counts);
  let left = given
    .map((each, index) => ({ ...each, words: counts[index] ?? new Map<string, number>() }))
    .toSorted((a, b) => b.startedMs - a.startedMs || (a.run < b.run ? -1 : 1));
  const tasks: Sighting[] = [];
  for (let [first] = left; first !== undefined; [first] = left) {
    const { words, objective, startedMs } = first;
    const same = new Set(left.filter((each) => each === first || likeness(words, each.words, weight) >= alike));
    left = left.filter((each) => !same.has(each));
    const group = [...same];
    const shared = [...words.keys()].filter((word) => group.every((each) => each.words.has(word))).toSorted();
    if (group.length < timesMin || shared.length < sharedMin) continue;
    tasks.push({
      question: "novel-tasks",
      kind: "novel-task",
      subject: "objective",
      name: shared.slice(0, wordsShown).join("-"),
      text: shared.join(" "),
      quote: objective,
      count: group.length,
      runs: group.map(({ run }) => run),
      lastMs: startedMs,
      costUsd: group.reduce((sum, { costUsd }) => sum + costUsd, 0),
    });
  }
  return tasks;
}
