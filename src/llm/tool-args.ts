import { isMapping } from "../base/mapping.ts";
import { messageOf } from "../base/errors.ts";
import type { ToolCall } from "../agent/message.ts";
import { ModelFault } from "./fault.ts";
import { replyLimits } from "./provider.ts";

/** A call as it came, in pieces put together. */
export interface RawCall {
  id: string;
  name: string;
  /** JSON text; nothing at all stands for no arguments. */
  args: string;
}

/** A call that is written so that it cannot be read; the model may be asked once to write it again. */
export interface UnreadableCall extends ToolCall {
  args: undefined;
  problem: string;
}

/** Calls as the loop takes them: ids unique and harmless, names one line, arguments values that have a canonical form. Throws a ModelFault for too many. */
export function readCalls(raw: readonly RawCall[]): ToolCall[] {
  if (raw.length > replyLimits.toolCalls) {
    throw new ModelFault("unparsable", `the reply has ${raw.length} tool calls; at most ${replyLimits.toolCalls} are read`);
  }
  const taken = new Set<string>();
  return raw.map(({ id, name, args }, index) => {
    const fit = /^[\w.:-]{1,64}$/.test(id) && !taken.has(id) ? id : freeId(taken, index + 1);
    taken.add(fit);
    return { id: fit, name: name.toWellFormed().slice(0, 128), ...readArgs(args) };
  });
}

/** Whether a call came so that its arguments are no JSON. */
export function isUnreadable(call: ToolCall): call is UnreadableCall {
  return call.args === undefined && call.problem !== undefined;
}

function freeId(taken: ReadonlySet<string>, from: number): string {
  let n = from;
  while (taken.has(`call_${n}`)) n += 1;
  return `call_${n}`;
}

function readArgs(text: string): Pick<ToolCall, "args" | "problem"> {
  if (text.trim() === "") return { args: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { args: undefined, problem: `the arguments are no JSON (${messageOf(cause).toWellFormed().slice(0, 200)})` };
  }
  const found: { problem?: string } = {};
  const args = plain(value, 0, found);
  if (found.problem !== undefined) return { args: undefined, problem: found.problem };
  if (!isMapping(args)) return { args, problem: "the arguments must be a JSON object" };
  return { args };
}

/** The same value with well-formed texts. JSON can hold what no record can: numbers beyond all bounds, nesting without end, names that are no names. */
function plain(value: unknown, depth: number, found: { problem?: string }): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number" && !Number.isFinite(value)) found.problem = "the arguments hold a number that is too large";
  if (value === null || typeof value !== "object" || found.problem !== undefined) return value;
  if (depth >= replyLimits.argsDepth) {
    found.problem = `the arguments are nested deeper than ${replyLimits.argsDepth} levels`;
    return undefined;
  }
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1, found));
  const entries = Object.entries(value);
  if (entries.some(([name]) => name === "__proto__")) found.problem = "the arguments hold the name __proto__";
  return Object.fromEntries(entries.map(([name, member]) => [name.toWellFormed(), plain(member, depth + 1, found)]));
}
