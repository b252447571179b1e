import { safeText } from "../base/safe-text.ts";
import type { EventRecord } from "../event/events.ts";
import { progressOf, textOf } from "./agent-steps.ts";
import { clip } from "./clip.ts";
import { drawLive, type LiveLine } from "./live-list.ts";

export interface ShownAgent {
  onRecord(record: EventRecord): void;
  /** A model's words as they come, masked; absent where nothing live is drawn. */
  onText?: ((subtask: string, text: string) => void) | undefined;
  /** Resolves when everything is drawn. */
  close(): Promise<void>;
}

/** Shows an agent at work: on a terminal one live line a subtask with what it does just now, elsewhere a plain line a step. */
export function showAgent(terminal: boolean, words: (line: string) => void): ShownAgent {
  return terminal ? liveAgent(words) : { onRecord: (record) => progressOf(record).forEach(({ line }) => words(line)), close: () => Promise.resolve() };
}

interface Lane {
  title: string;
  latest: string;
  ended: PromiseWithResolvers<void>;
  failed: boolean;
}

function liveAgent(words: (line: string) => void): ShownAgent {
  const lanes = new Map<string, Lane>();
  const steps: string[] = [];
  let drawn: Promise<unknown> | undefined;
  const begin = (subtasks: readonly { id: string; objective: unknown }[]): void => {
    for (const { id, objective } of subtasks)
      lanes.set(id, { title: `${id}  ${oneLine(objective, 80)}`, latest: "", ended: Promise.withResolvers(), failed: false });
    drawn = draw([...lanes.values()]);
  };
  return {
    onRecord(record) {
      if (record.kind === "plan.made" && drawn === undefined) begin((record as EventRecord<"plan.made">).data.subtasks);
      for (const { line, subtask, ends } of progressOf(record)) {
        steps.push(line);
        const lane = subtask === undefined ? undefined : lanes.get(subtask);
        if (lane === undefined) {
          if (drawn === undefined) words(line);
          continue;
        }
        lane.latest = line.trim();
        if (ends !== undefined) {
          lane.failed = ends !== "ok";
          lane.ended.resolve();
        }
      }
    },
    onText(subtask, text) {
      const lane = lanes.get(subtask);
      const latest = text.trimEnd().split("\n").at(-1)?.trim() ?? "";
      if (lane !== undefined && latest !== "") lane.latest = oneLine(latest, 110);
    },
    async close() {
      for (const { ended } of lanes.values()) ended.resolve();
      await drawn?.catch(() => undefined);
      // What was live is gone when it is over; the steps stay to be read.
      if (drawn !== undefined) for (const line of steps) words(line);
      steps.length = 0;
    },
  };
}

/** Of what agents and models wrote, so much as fits into a line and cannot act on the terminal. */
function oneLine(text: unknown, width: number): string {
  return clip(safeText(textOf(text).slice(0, 4 * width), { oneLine: true }), width);
}

const drawEveryMs = 100;

async function draw(lanes: readonly Lane[]): Promise<void> {
  const tasks = lanes.map((lane) => ({ title: lane.title, task: (view: LiveLine) => follow(lane, view) }));
  await drawLive(tasks, { concurrent: true, exitOnError: false, clearOutput: true });
}

async function follow(lane: Lane, view: LiveLine): Promise<void> {
  const timer = setInterval(() => {
    view.output = lane.latest;
  }, drawEveryMs);
  await lane.ended.promise;
  clearInterval(timer);
  if (lane.failed) throw new Error(lane.latest);
}
