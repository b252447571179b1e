import { appendFileSync, writeFileSync } from "node:fs";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { CiChecked } from "../../src/operations/ci-check.ts";

export default class CiCheck extends AgentctlCommand {
  static override summary = "Check a commit as a pull request is checked: policies, skills, agents, strategies, memory, and the gates of a proposal.";
  static override description =
    "The same verdict on a laptop and in Actions: it looks at a commit, not at the files that lie about, and the protected branch judges. Where $GITHUB_STEP_SUMMARY is set, the report is added to it. Exit 6: there are errors.";
  static override examples = [
    "<%= config.bin %> ci check",
    "<%= config.bin %> ci check --base main --head agentctl/p-7k2mq0x4w9",
    "<%= config.bin %> ci check --format github --sarif check.sarif --output check.json",
  ];
  static override flags = {
    base: Flags.string({ description: "the protected branch; default: of the workspace, in Actions that of the pull request" }),
    head: Flags.string({ description: "the commit; HEAD when not given" }),
    format: Flags.string({ description: "how to write what was found", options: [...findingFormats], default: "text" }),
    sarif: Flags.string({ description: "also write it as SARIF into this file" }),
    output: Flags.string({ description: "also write it as JSON into this file, for ci comment" }),
    gates: Flags.boolean({ description: "ask the gates where the commit is a proposal", default: true, allowNo: true }),
  };

  async run(): Promise<CiChecked> {
    const { flags } = await this.parse(CiCheck);
    const [{ ciCheck }, { formatReport, reportMarkdown }] = await Promise.all([
      import("../../src/operations/ci-check.ts"),
      import("../../src/base/finding-formats.ts"),
    ]);
    const { base, head, gates } = flags;
    const checked = await ciCheck({ cwd: process.cwd(), env: process.env, base, head, gates });
    const summary = process.env["GITHUB_STEP_SUMMARY"];
    if (summary !== undefined && summary !== "") appendFileSync(summary, `${reportMarkdown(checked.report)}\n`);
    if (flags.sarif !== undefined) writeFileSync(flags.sarif, `${formatReport(checked.report, "sarif")}\n`);
    if (flags.output !== undefined) writeFileSync(flags.output, `${JSON.stringify(checked)}\n`);
    const text = reportText(checked.report, flags.format as FindingFormat, {});
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    this.words(
      `looked at ${checked.head.slice(0, 10)}${checked.proposal === undefined ? "" : `, the proposal ${checked.proposal}`}; ${checked.base.slice(0, 10)} judged`,
    );
    if (checked.gates !== undefined) this.words(`report    ${checked.gates}`);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
