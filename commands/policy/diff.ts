import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { safeText } from "../../src/cli/findings.ts";
import { table } from "../../src/cli/table.ts";
import type { PolicyDiff } from "../../src/operations/diff-policies.ts";

export default class PolicyDiffCommand extends AgentctlCommand {
  static override summary = "Show what the policies on disk would decide otherwise than those of a revision: cases, and decisions of past runs.";
  static override examples = ["<%= config.bin %> policy diff main~1", "<%= config.bin %> policy diff main --days 90 --exit-code"];
  static override args = { ref: Args.string({ description: "revision to compare with", ignoreStdin: true, required: true }) };
  static override flags = {
    days: Flags.integer({ description: "how far back recorded decisions are decided again", default: 30, min: 1, max: 3_650 }),
    "exit-code": Flags.boolean({ description: "end with 6 when something would change" }),
  };

  async run(): Promise<PolicyDiff> {
    const { args, flags } = await this.parse(PolicyDiffCommand);
    const { diffPolicies } = await import("../../src/operations/diff-policies.ts");
    const diff = await diffPolicies({ cwd: process.cwd(), env: process.env, ref: args.ref, days: flags.days });
    for (const finding of diff.findings) this.words(`error  ${finding.file}:${finding.line ?? 1}  ${finding.message}`);
    const changed = diff.decisions.reduce((sum, change) => sum + change.count, 0);
    this.data(`replayed ${diff.replayed.toLocaleString("en")} decisions of the last ${diff.days} days: ${changed.toLocaleString("en")} would change`);
    const decisions = diff.decisions.map((change) => ({
      change: `${change.from} → ${change.to}`,
      action: change.action,
      about: change.about,
      runs: runsOf(change),
    }));
    for (const line of table(decisions, ["change", "action", "about", "runs"], { header: false })) this.data(safeText(line));
    this.data(diff.cases.length === 1 ? "1 case is decided otherwise" : `${diff.cases.length} cases are decided otherwise`);
    const cases = diff.cases.map((change) => ({
      change: `${change.from} → ${change.to}`,
      case: change.case,
      place: `${change.file}:${change.line}`,
      why: change.reason,
    }));
    for (const line of table(cases, ["change", "case", "place", "why"], { header: false })) this.data(safeText(line));
    if (flags["exit-code"] && changed + diff.cases.length > 0) this.ends("findings");
    return diff;
  }
}

/** The runs it happened in, ten at most. */
function runsOf({ runs, count }: PolicyDiff["decisions"][number]): string {
  const shown = runs.slice(0, 10).join(" ");
  const times = count === runs.length ? "" : ` (${count} times)`;
  return `${shown}${runs.length > 10 ? ` and ${runs.length - 10} more` : ""}${times}`;
}
