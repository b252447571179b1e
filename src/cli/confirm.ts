import { createInterface } from "node:readline/promises";
import { AgentctlError, messageOf } from "../base/errors.ts";

/** Asks a person; `yes` answers for them. Without a terminal nobody can be asked, which is an error that names the flag. */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new AgentctlError("cli/nobody-to-ask", `this needs a yes, and there is no terminal to ask at: ${question}`, { hint: "give --yes", exit: "usage" });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `).catch((cause: unknown) => {
      process.stderr.write("\n");
      throw /Ctrl\+C/.test(messageOf(cause)) ? new AgentctlError("cli/interrupted", "interrupted", { exit: "interrupted", cause }) : declined(cause);
    });
    if (!/^y(es)?$/i.test(answer.trim())) throw declined();
  } finally {
    terminal.close();
  }
}

function declined(cause?: unknown): AgentctlError {
  return new AgentctlError("cli/declined", "declined; nothing was changed", { cause });
}
