import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { BuiltRunner } from "../../src/operations/build-runners.ts";

export default class RunnerBuild extends AgentctlCommand {
  static override summary = "Build the images that skills run in; all of them, or those named.";
  static override description =
    "An image that is current already is left as it is. Where no registry can be reached, root on Debian or Ubuntu makes the base image from Debian's packages.";
  static override examples = [
    "<%= config.bin %> runner build",
    "<%= config.bin %> runner build python --no-cache",
    "<%= config.bin %> runner build node --base node:24-bookworm-slim",
  ];
  static override strict = false;
  static override args = { name: Args.string({ description: "runners to build; all when none is named" }) };
  static override flags = {
    base: Flags.string({ description: "another base image than the Dockerfile's; any with apt-get" }),
    "no-cache": Flags.boolean({ description: "build every layer again, also where the image is current" }),
  };

  async run(): Promise<BuiltRunner[]> {
    const { argv, flags } = await this.parse(RunnerBuild);
    const [{ buildRunners }, { showBuilds }] = await Promise.all([import("../../src/operations/build-runners.ts"), import("../../src/cli/build-progress.ts")]);
    const { stderr } = process;
    const terminal = stderr.isTTY && stderr.columns >= 40 && !this.jsonEnabled();
    const progress = showBuilds(terminal, (line) => this.words(line));
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    process.once("SIGINT", stop).once("SIGTERM", stop);
    try {
      return await buildRunners({
        cwd: process.cwd(),
        env: process.env,
        names: argv.map(String),
        base: flags.base,
        noCache: flags["no-cache"],
        signal: abort.signal,
        ...progress,
      });
    } finally {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      await progress.close();
    }
  }
}
