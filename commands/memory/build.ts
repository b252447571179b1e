import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { MemoryBuilt } from "../../src/operations/find-memory.ts";

export default class MemoryBuild extends AgentctlCommand {
  static override summary = "Bring the index of memory/ to the commit, and make the vectors that are missing.";
  static override description =
    "A search does the first by itself, and the second for a few entries; this is for many. Vectors are made by the model of memory.embeddings, decided by policy and borne by the budgets; only what has changed costs something.";
  static override examples = ["<%= config.bin %> memory build", "<%= config.bin %> memory build --anew --json"];
  static override flags = { anew: Flags.boolean({ description: "from nothing; vectors are kept" }) };

  async run(): Promise<MemoryBuilt> {
    const { flags } = await this.parse(MemoryBuild);
    const { buildMemory } = await import("../../src/operations/find-memory.ts");
    const onVectors = (made: number): void => void (made % 160 === 0 && this.words(`made   ${made} vectors`));
    const built = await buildMemory({ cwd: process.cwd(), env: process.env, anew: flags.anew, onVectors });
    this.data(`${built.entries} entries, ${built.broken} files that do not count, of ${built.commit?.slice(0, 10) ?? "no commit"}`);
    if (built.model !== null)
      this.data(`${built.vectors} vectors made by ${built.model} for $${built.costUsd.toFixed(4)}, ${built.without} of ${built.passages} passages without`);
    if (built.why !== undefined) this.words(`note   ${built.why}`);
    return built;
  }
}
