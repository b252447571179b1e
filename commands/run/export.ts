import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { ExportedOtlp } from "../../src/operations/export-otlp.ts";

export default class RunExport extends AgentctlCommand {
  static override summary = "Export runs as OpenTelemetry traces: OTLP over HTTP as JSON, or a file.";
  static override description =
    "A run is one trace: invoke_agent, its subtasks, calls of models (chat) and tools (execute_tool) with the names of the GenAI conventions; decisions, approvals and limits are events of spans. Ids follow from the run, so exporting again is the same trace. What people, models and tools wrote is left out without --content, and masked with it. Policy decides net.connect for the host. Tried again after 429, 5xx and lost connections, as Retry-After asks.";
  static override examples = [
    "<%= config.bin %> run export r-7k2mq0x4w9 --otlp http://localhost:4318",
    "<%= config.bin %> run export --since 1h",
    "<%= config.bin %> run export r-7k2mq0x4w9 --file trace.json --content",
  ];
  static override args = { run: Args.string({ description: "id of the run, or a unique beginning of it" }) };
  static override flags = {
    since: Flags.string({ description: "instead of one run: all that have ended since, e.g. 15m, 1h, 2026-01-31" }),
    otlp: Flags.string({ description: "where to; /v1/traces is added [default: telemetry.otlpUrl]", helpValue: "URL", exclusive: ["file"] }),
    file: Flags.string({ description: "write the requests to this file instead, one a line", helpValue: "PATH" }),
    content: Flags.boolean({ description: "with objectives, answers, arguments and results" }),
  };

  async run(): Promise<ExportedOtlp> {
    const { args, flags } = await this.parse(RunExport);
    if ((args.run === undefined) === (flags.since === undefined)) {
      throw new AgentctlError("cli/usage", "one run, or --since", { hint: "agentctl run export r-…, or --since 1h", exit: "usage" });
    }
    const [{ exportOtlp }, { givenSince }, { systemClock }, { showDecision }, { count }] = await Promise.all([
      import("../../src/operations/export-otlp.ts"),
      import("../../src/cli/since.ts"),
      import("../../src/base/clock.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/quantity.ts"),
    ]);
    const result = await exportOtlp({
      cwd: process.cwd(),
      env: process.env,
      run: args.run,
      since: givenSince("--since", flags.since, systemClock.nowMs()),
      url: flags.otlp,
      file: flags.file,
      content: flags.content,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    const { runs, spans, sent, file, denied } = result;
    const what = `${count(spans, "span")} of ${count(runs.length, "run")}`;
    if (file !== undefined) this.words(`wrote ${file}  ${what}`);
    if (sent !== undefined) this.words(`sent ${what} to ${sent.url}`);
    if (sent !== undefined && sent.rejectedSpans > 0) this.words(`warn  ${count(sent.rejectedSpans, "span")} not taken: ${sent.message ?? "no reason given"}`);
    if (denied === undefined) for (const run of runs) this.data(run);
    this.ends(endOf(result.outcome));
    return result;
  }
}
