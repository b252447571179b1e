import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../src/base/errors.ts";
import { AgentctlCommand } from "../src/cli/command.ts";
import { count } from "../src/cli/quantity.ts";
import { readInput } from "../src/cli/stdin.ts";

export default class Query extends AgentctlCommand {
  static override summary = "Ask the record in SQL: runs, events, decisions, skill_runs, artifacts, budgets, halts.";
  static override description =
    "One SELECT of DuckDB. It can read the record and nothing else: no file, no setting, no network. Other DuckDB clients find the same views in agentctl.duckdb of the state folder, opened read-only.";
  static override examples = [
    '<%= config.bin %> query "SELECT action, effect, count(*) AS n FROM decisions GROUP BY ALL ORDER BY n DESC"',
    "<%= config.bin %> query --schema",
    "<%= config.bin %> query - --format parquet --out runs.parquet < runs.sql",
  ];
  static override args = { sql: Args.string({ description: "the query; - reads it from stdin", ignoreStdin: true }) };
  static override flags = {
    format: Flags.string({ description: "how to write the answer", options: ["table", "json", "csv", "parquet"], default: "table" }),
    out: Flags.string({ description: "write the answer to this file", helpValue: "FILE" }),
    timeout: Flags.integer({ description: "ms until the query is stopped (exit 124)", min: 1 }),
    schema: Flags.boolean({ description: "print the views and their columns" }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Query);
    if (flags.schema) return this.schema();
    const sql = await readInput(args.sql);
    if (sql === undefined) throw new AgentctlError("cli/usage", "there is no query", { hint: 'agentctl query "SELECT …", or --schema', exit: "usage" });
    const { queryRecord, queryToParquet } = await import("../src/operations/query-record.ts");
    const options = { cwd: process.cwd(), env: process.env, sql, timeoutMs: flags.timeout };
    if (flags.format === "parquet") {
      if (flags.out === undefined) throw new AgentctlError("cli/usage", "parquet is binary and needs a file", { hint: "--out FILE", exit: "usage" });
      const result = await queryToParquet({ ...options, path: flags.out });
      this.written(result.path, result.rows, result.truncated);
      return result;
    }
    const answer = await queryRecord(options);
    const { queryFormats } = await import("../src/cli/query-format.ts");
    const lines = queryFormats[flags.format as keyof typeof queryFormats](answer);
    if (flags.out === undefined) for (const line of lines) this.data(line);
    else {
      const { writeWhole } = await import("../src/trace/disk.ts");
      writeWhole(flags.out, lines.map((line) => `${line}\n`).join(""));
    }
    this.written(flags.out, answer.rows.length, answer.truncated);
    return answer;
  }

  private written(path: string | undefined, rows: number, truncated: boolean): void {
    if (truncated) this.words(`warn  only the first ${rows} rows were read     query.rowsMax in agentctl.yaml`);
    if (path !== undefined) this.words(`wrote ${path}  ${count(rows, "row")}`);
  }

  private async schema(): Promise<{ name: string; about: string; columns: { name: string; type: string }[] }[]> {
    const { recordViews } = await import("../src/operations/record-views.ts");
    const views = recordViews();
    for (const { name, about, columns } of views) {
      this.data(`${name}  ${about}`);
      for (const column of columns) this.data(`  ${column.name} ${column.type}`);
    }
    return views;
  }
}
