import { canonicalJson } from "../base/canonical-json.ts";
import type { ToolCall } from "./message.ts";

/** What the loop remembers of a subtask beside its messages. */
export interface Seen {
  /** How often each call was made, by tool and arguments. */
  calls: Map<string, number>;
  /** How often an answer was sent back. */
  rejections: number;
}

export interface Step {
  seen: Seen;
  toolCalls: readonly ToolCall[];
  text: string;
  finish: "stop" | "length" | "tool-calls";
  iteration: number;
  iterationsMax: number;
}

/** The third time is no longer a second look. */
const repeatsMax = 2;

/**
 * What the loop tells the model about its own work: calls that repeat, an answer that was cut off or is empty, steps that run out. Undefined when there is
 * nothing to say. Of values alone, so that a replay says the same.
 */
export function reflect({ seen, toolCalls, text, finish, iteration, iterationsMax }: Step): string | undefined {
  const notes: string[] = [];
  for (const call of toolCalls) {
    const key = `${call.name} ${keyOf(call)}`;
    const times = (seen.calls.get(key) ?? 0) + 1;
    seen.calls.set(key, times);
    if (times > repeatsMax)
      notes.push(`You have called ${call.name} with the same arguments ${times} times; the result does not change. Do something else, or answer.`);
  }
  if (finish === "length") notes.push("Your last reply was cut off at the limit of its length. Say it shorter, or in several steps.");
  else if (toolCalls.length === 0 && text.trim() === "") notes.push("Your reply was empty. Call a tool, or answer.");
  const left = iterationsMax - iteration;
  if (left === 2 && toolCalls.length > 0) notes.push("Two steps are left. Use them for what the answer cannot do without.");
  return notes.length === 0 ? undefined : notes.join("\n");
}

function keyOf(call: ToolCall): string {
  try {
    return canonicalJson(call.args ?? null);
  } catch {
    return "";
  }
}
