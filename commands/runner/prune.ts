import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { bytes } from "../../src/cli/quantity.ts";
import type { PruneResult } from "../../src/runner/prune-images.ts";

export default class RunnerPrune extends AgentctlCommand {
  static override summary = "Remove images that agentctl built and that no runner is built as any more.";
  static override description =
    "Never touches an image that agentctl did not build, nor one that a container uses. Runners are those seen from here: the workspace's and the shipped ones.";
  static override examples = ["<%= config.bin %> runner prune --dry-run", "<%= config.bin %> runner prune --all"];
  static override flags = {
    all: Flags.boolean({ description: "the current images too, and those of runners that are not known here" }),
    "dry-run": Flags.boolean({ description: "say what would be removed, remove nothing" }),
  };

  async run(): Promise<PruneResult> {
    const { flags } = await this.parse(RunnerPrune);
    const { pruneRunnerImages } = await import("../../src/operations/prune-runners.ts");
    const dryRun = flags["dry-run"];
    const result = await pruneRunnerImages({ cwd: process.cwd(), env: process.env, all: flags.all, dryRun });
    for (const { tag, id, bytes: size } of result.removed) this.data(`${dryRun ? "would remove" : "removed"}  ${tag ?? id.slice(0, 19)}  ${bytes(size)}`);
    for (const { tag, id } of result.inUse) this.words(`in use   ${tag ?? id.slice(0, 19)}`);
    this.words(result.removed.length === 0 ? "nothing to remove" : `${dryRun ? "would free at least" : "freed"}  ${bytes(result.freedBytes)}`);
    return result;
  }
}
