import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { RunReport } from "../../src/operations/show-run.ts";

export default class RunShow extends AgentctlCommand {
  static override summary = "Show what happened in a run: what was asked, what policy decided and by which rule, what ran, what came out.";
  static override description =
    "Reads the run's journal and verifies it record by record. A beginning of the id is enough when it is unique. An agent's run is shown with all its parts; the numbers before the lines are those that `run fork --at` takes. With --html it is one page that loads nothing and runs nothing, and its path goes to stdout.";
  static override examples = ["<%= config.bin %> run show r-7k2m", "<%= config.bin %> run show r-7k2m --json", "<%= config.bin %> run show r-7k2m --html"];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it", required: true }) };
  static override flags = {
    html: Flags.boolean({ description: "write a page to look at: timeline, plan, calls, decisions, approvals, artifacts" }),
    out: Flags.string({ description: "the file of the page; default <run>.html here", dependsOn: ["html"] }),
    force: Flags.boolean({ description: "replace a file that is no page of ours", dependsOn: ["html"] }),
  };

  async run(): Promise<RunReport & { page?: { path: string; bytes: number } }> {
    const { args, flags } = await this.parse(RunShow);
    if (flags.html) {
      const { writeRunPage } = await import("../../src/operations/run-page-file.ts");
      const written = await writeRunPage({ cwd: process.cwd(), env: process.env, run: args.run, out: flags.out, force: flags.force });
      this.data(written.page.path);
      return written;
    }
    const { showRun } = await import("../../src/operations/show-run.ts");
    const { safeText } = await import("../../src/base/safe-text.ts");
    const { duration } = await import("../../src/operations/timeline-words.ts");
    const { agentReportLines } = await import("../../src/cli/agent-report-lines.ts");
    const { timelineLines } = await import("../../src/cli/timeline-lines.ts");
    const report = await showRun({ cwd: process.cwd(), env: process.env, run: args.run });
    const { agent, finished } = report;
    const took = agent?.durationMs ?? finished?.durationMs ?? 0;
    this.data(
      `run ${report.run}  ${finished === undefined ? "not finished" : `${agent?.outcome ?? finished.outcome}  ${duration(took)}`}  ${report.records} records`,
    );
    if (agent !== undefined) for (const line of agentReportLines(agent)) this.data(line);
    for (const part of report.missing) this.words(`warn  the journal of its part ${part} is missing     agentctl audit verify`);
    for (const line of timelineLines(report.timeline)) this.data(`  ${line}`);
    if (report.artifacts.length > 0) this.data("artifacts");
    const artifacts = report.artifacts.map(({ path, bytes, sha256, file }) => ({
      path: safeText(path, { oneLine: true }),
      bytes,
      digest: `sha256:${sha256}`,
      file: file ?? "not kept",
    }));
    for (const line of table(artifacts, ["path", "bytes", "digest", "file"], { header: false })) this.data(`  ${line}`);
    return report;
  }
}
