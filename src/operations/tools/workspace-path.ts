import { AgentctlError } from "../../base/errors.ts";
import { badPath } from "../../policy/refusal.ts";
import type { ToolAnswer, ToolRequest } from "../sandbox-tools.ts";
import type { SandboxResult, ToolJobOptions } from "../sandbox.ts";
import { bounded, foreignWord } from "./foreign-text.ts";
import { reasonOf } from "./reason.ts";
import type { ToolAction, ToolContext, ToolResult } from "./tool.ts";

/** The same words in every tool that takes one. */
export const pathHelp = "relative to the workspace, with /, e.g. README.md or scratch/notes.md";

/** What policy is asked before a path is read, listed or written. Error (exit usage): `tool/bad-path` for one that could be read in two ways. */
export function pathAction(action: "file.read" | "file.list" | "file.write", path: string): ToolAction {
  const why = badPath(path);
  if (why === undefined) return { action, class: action === "file.write" ? "W" : "R", path };
  throw new AgentctlError("tool/bad-path", `the path ${JSON.stringify(path)} ${why}`, { hint: `a path is ${pathHelp}`, exit: "usage" });
}

/** Does it in the sandbox; what our program there could not do, and what the sandbox refuses, is a result. */
export async function inSandbox(
  context: ToolContext,
  request: ToolRequest,
  options: ToolJobOptions,
  reply: (value: Record<string, unknown>, result: SandboxResult) => ToolResult,
): Promise<ToolResult> {
  try {
    const sandbox = await context.sandbox();
    const { answer, result } = await sandbox.tool(request, options, context.signal);
    return withChanges(answer.ok ? reply(answer.value, result) : refusal(answer), result);
  } catch (thrown) {
    return reasonOf(thrown, context);
  }
}

/** The text stays within what is read of one call, and names what was changed. */
export function withChanges(reply: ToolResult, { changes }: Pick<SandboxResult, "changes">): ToolResult {
  return changes.length === 0 ? reply : { ...reply, changes };
}

function refusal({ outcome, why }: Extract<ToolAnswer, { ok: false }>): ToolResult {
  return { outcome, text: bounded(foreignWord(why, 1000)) };
}

/** A member of an answer, if it is a text. */
export function textOf(value: Record<string, unknown>, name: string): string {
  const found = value[name];
  return typeof found === "string" ? found.toWellFormed() : "";
}

export function numberOf(value: Record<string, unknown>, name: string): number {
  const found = value[name];
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

/** A member that is a list of lists, such as entries or matches. */
export function rowsOf(value: Record<string, unknown>, name: string): unknown[][] {
  const found = value[name];
  return Array.isArray(found) ? found.filter((row): row is unknown[] => Array.isArray(row)) : [];
}
