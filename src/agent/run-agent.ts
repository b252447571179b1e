import type { Agent } from "./agent.ts";
import { workOn } from "./loop.ts";
import type { ToolSpec } from "./message.ts";
import { planFor } from "./planner.ts";
import type { AgentPorts, Subtask, SubtaskEnd } from "./ports.ts";

/** Subtasks that are worked on at once. */
export const subtasksAtOnce = 5;

export interface AgentRun {
  agent: Agent;
  /** Instead of the agent's own model, for every role. */
  model?: string | undefined;
  objective: string;
  tools: readonly ToolSpec[];
  ports: AgentPorts;
}

export interface AgentEnd {
  outcome: "ok" | "failed" | "waiting" | "limit";
  answer?: string | undefined;
  why?: string | undefined;
  waitsFor: readonly string[];
}

/**
 * An objective in, an answer out: plan, work on the subtasks in order of dependency, five at once, answer. Rejects only when work has to stop (halt, interrupt)
 * or a port breaks; everything else is how it ended.
 */
export async function runAgent(run: AgentRun): Promise<AgentEnd> {
  const { agent, model, objective, tools, ports } = run;
  const plan = await planFor({ agent, model, objective, tools, ports });
  if ("limit" in plan) return { outcome: "limit", why: plan.limit, waitsFor: [] };
  if ("failed" in plan) return { outcome: "failed", why: plan.failed, waitsFor: [] };
  const { subtasks } = plan;
  await ports.record("plan.made", { subtasks: subtasks.map(({ id, objective: part, after }) => ({ id, objective: part, after: [...after] })) });

  const finalId = subtasks.at(-1)?.id;
  const ends = await workThrough(subtasks, async (subtask, before) => {
    await ports.record("subtask.started", { subtask: subtask.id, objective: subtask.objective });
    const end = await workOn({ agent, model, tools, objective, subtask, before, final: subtask.id === finalId, ports });
    await ports.record("subtask.finished", {
      subtask: subtask.id,
      outcome: end.outcome,
      ...(end.outcome === "ok" ? { answer: end.answer } : { why: end.why }),
    });
    return end;
  });
  return endOf(subtasks, ends);
}

/** Works on each subtask when those before it have ended well; what comes after one that did not is skipped. What one throws is thrown when the others have stopped. */
export async function workThrough(
  subtasks: readonly Subtask[],
  work: (subtask: Subtask, before: ReadonlyMap<string, string>) => Promise<SubtaskEnd>,
  atOnce = subtasksAtOnce,
): Promise<ReadonlyMap<string, SubtaskEnd>> {
  const ends = new Map<string, SubtaskEnd>();
  const running = new Map<string, Promise<void>>();
  const thrown: unknown[] = [];
  for (;;) {
    let skipped = false;
    for (const subtask of subtasks) {
      if (ends.has(subtask.id) || running.has(subtask.id) || thrown.length > 0) continue;
      const awaited = subtask.after.map((id) => ends.get(id));
      const stopped = awaited.find((end) => end !== undefined && end.outcome !== "ok");
      if (stopped !== undefined) {
        ends.set(subtask.id, { outcome: "skipped", why: `a subtask before it ended ${stopped.outcome}` });
        skipped = true;
        continue;
      }
      if (running.size >= atOnce || awaited.includes(undefined)) continue;
      running.set(
        subtask.id,
        work(subtask, answersOf(ends))
          .then((end) => void ends.set(subtask.id, end))
          .catch((cause: unknown) => void thrown.push(cause))
          .finally(() => running.delete(subtask.id)),
      );
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (!skipped) break;
  }
  if (thrown.length > 0) throw thrown[0];
  return ends;
}

function answersOf(ends: ReadonlyMap<string, SubtaskEnd>): ReadonlyMap<string, string> {
  return new Map([...ends].flatMap(([id, end]) => (end.outcome === "ok" ? [[id, end.answer] as const] : [])));
}

/** The last subtask's answer is the run's. What waits can go on; before that, what failed is said first. */
function endOf(subtasks: readonly Subtask[], ends: ReadonlyMap<string, SubtaskEnd>): AgentEnd {
  const all = subtasks.flatMap(({ id }) => {
    const end = ends.get(id);
    return end === undefined ? [] : [{ id, end }];
  });
  const waitsFor = all.flatMap(({ end }) => (end.outcome === "ok" ? [] : (end.waitsFor ?? [])));
  const last = all.at(-1)?.end;
  if (last?.outcome === "ok") return { outcome: "ok", answer: last.answer, waitsFor: [] };
  for (const outcome of ["failed", "limit", "waiting"] as const) {
    const found = all.find(({ end }) => end.outcome === outcome);
    if (found !== undefined && found.end.outcome !== "ok") return { outcome, why: `${found.id}: ${found.end.why}`, waitsFor };
  }
  return { outcome: "failed", why: "no subtask gave an answer", waitsFor };
}
