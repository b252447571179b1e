import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { MemoryEntry } from "../../src/memory/entry.ts";

export default class MemoryShow extends AgentctlCommand {
  static override summary = "Show one entry of the commit: what it says, since when, and where it comes from.";
  static override examples = [
    "<%= config.bin %> memory show lessons/luck-grows-with-the-variants-that-were-tried",
    "<%= config.bin %> memory show incidents/gap-in-may --json | jq -r .body",
  ];
  static override args = { id: Args.string({ description: "the entry, e.g. lessons/costs-eat-small-edges", required: true }) };

  async run(): Promise<MemoryEntry> {
    const { args } = await this.parse(MemoryShow);
    const [{ showMemory }, { memoryEntry }] = await Promise.all([import("../../src/operations/list-memory.ts"), import("../../src/cli/memory-lines.ts")]);
    const entry = await showMemory({ cwd: process.cwd(), env: process.env, id: args.id });
    for (const line of memoryEntry(entry)) this.data(line);
    return entry;
  }
}
