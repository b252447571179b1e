import { AgentctlError } from "../../base/errors.ts";
import { bounded, foreignWord } from "./foreign-text.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

/** What went wrong, as a result for the model: message and mend. What stops work (a halt, an interrupt) and faults of ours are thrown on. */
export function reasonOf(thrown: unknown, { open, signal }: Pick<ToolContext, "open" | "signal">): ToolResult {
  open.stop.throwIfAborted();
  signal.throwIfAborted();
  if (!(thrown instanceof AgentctlError) || thrown.exit === "halted" || thrown.exit === "interrupted") throw thrown;
  const { code, message, hint, exit } = thrown;
  const lines = [message, hint].flatMap((text) => (text === undefined ? [] : text.split("\n").map((line) => foreignWord(line, 1000))));
  const outcome = exit === "timeout" ? "timeout" : code === "sidecar/other-lane" ? "refused" : "failed";
  return { outcome, text: bounded(lines.join("\n")), data: { error: code } };
}
