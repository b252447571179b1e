import { canonicalJson } from "../../base/canonical-json.ts";
import { sha256 } from "../../base/digest.ts";
import type { OpenRun } from "../in-run.ts";
import type { ToolAction, ToolContext, ToolResult } from "./tool.ts";

/** What policy was told of each call of a run, by key. */
const told = new WeakMap<OpenRun["recorder"], Map<string, string>>();

/** Keeps what policy is told of a call, and answers it; `also` is what else must be the same when it runs, as JSON. */
export function tell({ open, key }: Pick<ToolContext, "open" | "key">, actions: readonly ToolAction[], also?: unknown): readonly ToolAction[] {
  const calls = told.get(open.recorder) ?? new Map<string, string>();
  told.set(open.recorder, calls.set(key, digestOf(actions, also)));
  return actions;
}

/**
 * Whether a call still is what policy was told of it: between the answer and the work, which may be hours when people are asked, the files of a skill or
 * strategy may have been changed. A call that policy was told nothing of is none that it allowed.
 */
export function isAsTold({ open, key }: Pick<ToolContext, "open" | "key">, actions: readonly ToolAction[], also?: unknown): boolean {
  return told.get(open.recorder)?.get(key) === digestOf(actions, also);
}

/** The answer to a call that is not. */
export function notAsTold(what: string): ToolResult {
  return { outcome: "refused", text: `${what} has changed since this call was decided; nothing ran. Call again: it is decided anew.` };
}

function digestOf(actions: readonly ToolAction[], also: unknown = null): string {
  return sha256(canonicalJson([actions, also]));
}
