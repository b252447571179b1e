import type { Agent } from "../../src/agent/agent.ts";
import type { OpenRun } from "../../src/operations/in-run.ts";
import type { Sandbox } from "../../src/operations/sandbox.ts";
import type { Tool, ToolContext, ToolResult } from "../../src/operations/tools/tool.ts";
import { never, type SandboxWorkspace } from "./sandbox.ts";

let calls = 0;

/** What a tool is called with, for tools that use nothing of the run but its sandbox. */
export function toolContext(place: Pick<SandboxWorkspace, "authority" | "stateDir">, sandbox: Sandbox, more: Partial<ToolContext> = {}): ToolContext {
  const agent = { name: "file-ops", level: 3 } as Agent;
  const open = { run: "r-test", stateDir: place.stateDir, stop: never } as OpenRun;
  calls += 1;
  return {
    open,
    authority: place.authority,
    env: {},
    agent,
    root: "r-test",
    key: `s1.${calls}.1`,
    sandbox: async () => sandbox,
    decision: "d-1",
    signal: never,
    ...more,
  };
}

/** Calls a tool as the loop does: first what policy is asked, then the work. What `actions` throws is the answer too. */
export async function callTool(tool: Tool, args: Record<string, unknown>, context: ToolContext): Promise<ToolResult> {
  await tool.actions(args, context);
  return tool.run(args, context);
}
