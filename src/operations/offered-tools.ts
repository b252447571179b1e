import type { Agent } from "../agent/agent.ts";
import type { AgentStarted } from "../event/agent-events.ts";
import type { Authority } from "./load-authority.ts";
import { sidecarMode } from "./sidecar-settings.ts";
import { sidecarTool, toolsFor } from "./tools/registry.ts";
import type { Tool } from "./tools/tool.ts";

/**
 * The tools that a run's model is told of. The sidecar's is among them only where the mode in force is on, and was in every part before: what a run read while
 * it was off was not kept apart from untrusted skills. Errors: those of `toolsFor`.
 */
export async function offeredTools(
  agent: Pick<Agent, "name" | "tools">,
  authority: Pick<Authority, "config">,
  env: NodeJS.ProcessEnv,
  earlier: readonly Pick<AgentStarted, "tools">[] = [],
): Promise<readonly Tool[]> {
  const tools = toolsFor(agent, authority.config);
  if (!tools.some(({ name }) => name === sidecarTool)) return tools;
  const always = earlier.every((part) => part.tools.includes(sidecarTool));
  const mode = await sidecarMode(authority.config, env);
  return always && mode.on ? tools : tools.filter(({ name }) => name !== sidecarTool);
}
