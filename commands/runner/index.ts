import { AgentctlCommand } from "../../src/cli/command.ts";
import { bytes } from "../../src/cli/quantity.ts";
import { table } from "../../src/cli/table.ts";
import type { RunnerRow } from "../../src/operations/list-runners.ts";

export default class Runner extends AgentctlCommand {
  static override summary = "List the runners: where each comes from, and its image on the engine.";
  static override description = "A runner is a folder runners/<name>/ with a Dockerfile. One of the workspace hides the shipped one of the same name.";
  static override examples = ["<%= config.bin %> runner", "<%= config.bin %> runner --json"];

  async run(): Promise<RunnerRow[]> {
    const { listRunnerImages } = await import("../../src/operations/list-runners.ts");
    const rows = await listRunnerImages(process.cwd(), process.env);
    const shown = rows.map(({ name, from, state, image }) => ({
      runner: name,
      from,
      state,
      image: image?.tag ?? image?.id.slice(0, 19) ?? "",
      size: image === undefined ? "" : bytes(image.bytes),
    }));
    for (const line of table(shown, ["runner", "from", "state", "image", "size"])) this.data(line);
    const wanting = rows.filter((row) => row.state !== "current").map((row) => row.name);
    if (wanting.length > 0) this.words(`next    agentctl runner build ${wanting.join(" ")}`);
    return rows;
  }
}
