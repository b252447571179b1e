import type { MemoryEntry } from "../../memory/entry.ts";
import { agentActor } from "../autonomy-level.ts";
import type { ToolContext } from "./tool.ts";

/** Policy's word on each entry of memory/, as for the files of the agent's view: only a plain allow counts. What an agent may not read it is not told of. */
export async function readableEntries({ open, authority, agent }: Pick<ToolContext, "open" | "authority" | "agent">): Promise<(entry: MemoryEntry) => boolean> {
  const { decide } = await import("../../policy/decide.ts");
  const actor = { ...agentActor(open.ledger, agent, "R") };
  const ids = { id: "memory", commit: authority.commit };
  return ({ path }) => decide({ action: "file.read", class: "R", actor, path }, authority.set, ids).effect === "allow";
}
