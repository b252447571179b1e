import type { MemoryEntry } from "../../memory/entry.ts";
import type { ToolContext } from "./tool.ts";

/** Policy's word on each entry of memory/, as for the files of the agent's view: only a plain allow counts. What an agent may not read it is not told of. */
export async function readableEntries({ authority, agent }: Pick<ToolContext, "authority" | "agent">): Promise<(entry: MemoryEntry) => boolean> {
  const { decide } = await import("../../policy/decide.ts");
  const actor = { kind: "agent", name: agent.name, level: agent.level } as const;
  const ids = { id: "memory", commit: authority.commit };
  return ({ path }) => decide({ action: "file.read", class: "R", actor, path }, authority.set, ids).effect === "allow";
}
