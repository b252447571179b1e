import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { LogLine } from "../src/telemetry/log-line.ts";

export default class Logs extends AgentctlCommand {
  static override summary = "What happens in all runs, as lines of a log in the order of time.";
  static override description =
    "Each record is one line with its run, part, kind, level and words. On a terminal lines are for people; elsewhere, and with --json, each is one JSON object: ts, level, run, part, seq, kind, msg and what the record is searched by. Journals are verified as they are read and masked again.";
  static override examples = [
    "<%= config.bin %> logs --since 1h --level warn",
    "<%= config.bin %> logs --run r-7k2mq0x4w9 --kind tool.finished",
    "<%= config.bin %> logs --follow --json",
  ];
  static override flags = {
    run: Flags.string({ description: "only this run, with all its parts; a unique beginning will do" }),
    since: Flags.string({ description: "only what was recorded since: 15m, 1h, 7d, or 2026-01-31 [default: everything]" }),
    level: Flags.option({ description: "at least of this level", options: ["info", "warn", "error"] as const, default: "info" })(),
    kind: Flags.string({ description: "only records of this kind; may be given more than once", multiple: true, multipleNonGreedy: true }),
    follow: Flags.boolean({ description: "go on with what is recorded from now on, also in new runs, until Ctrl-C" }),
    format: Flags.option({ description: "how to write lines [default: text on a terminal, else json]", options: ["text", "json"] as const })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Logs);
    const [{ readLogs }, { logText }, { givenSince }, { systemClock }] = await Promise.all([
      import("../src/operations/read-logs.ts"),
      import("../src/cli/log-lines.ts"),
      import("../src/cli/since.ts"),
      import("../src/base/clock.ts"),
    ]);
    const { run, level, kind, follow, format } = flags;
    const since = givenSince("--since", flags.since, systemClock.nowMs());
    const asText = !this.jsonEnabled() && (format ?? (process.stdout.isTTY ? "text" : "json")) === "text";
    const text = (line: LogLine): string => (asText ? logText(line) : JSON.stringify(line));
    for await (const line of readLogs({ cwd: process.cwd(), env: process.env, run, since, level, kinds: kind ?? [], follow })) this.line(text(line));
  }

  /** A line is written when it is known, also under --json: a log that is followed has no end. */
  private line(text: string): void {
    if (this.jsonEnabled()) process.stdout.write(`${text}\n`);
    else this.data(text);
  }

  protected override logJson(): void {
    // The lines were the answer.
  }
}
