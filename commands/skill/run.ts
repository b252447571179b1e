import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import { parseGivenFile } from "../../src/cli/given-file.ts";
import type { RunSkillResult } from "../../src/operations/run-skill.ts";

export default class SkillRun extends AgentctlCommand {
  static override summary = "Run a skill: decided by policy, in a container without network, recorded.";
  static override description =
    "The input is checked against the skill's schema before anything starts. A skill that declares hosts (metadata.hosts) is let out to exactly these, through a proxy, where policy allows each of them as net.connect. Artifacts are kept by digest; --out copies them. Exit 3: denied by policy, 8: it wants an approval, 124: out of time.";
  static override examples = [
    "<%= config.bin %> skill run market-stats",
    `<%= config.bin %> skill run csv-profile --file file=./prices.csv --json`,
    `<%= config.bin %> skill run chart --input '{"kind":"line","x":"date","y":["close"]}' --file file=./prices.csv --out ./charts`,
  ];
  static override args = { name: Args.string({ description: "the skill", required: true }) };
  static override flags = {
    input: Flags.string({ description: "the input as JSON; `-` reads it from stdin" }),
    file: Flags.string({
      description: "PROPERTY=PATH: gives the skill a file, read-only; the input's property becomes its path in the container",
      multiple: true,
    }),
    out: Flags.string({ description: "a folder to copy the artifacts to; made when missing" }),
  };

  async run(): Promise<RunSkillResult> {
    const { args, flags } = await this.parse(SkillRun);
    const [{ runSkill }, { exportArtifacts }, { readInput }, { showSkillRun, showDecision }, { safeText }] = await Promise.all([
      import("../../src/operations/run-skill.ts"),
      import("../../src/operations/export-artifacts.ts"),
      import("../../src/cli/stdin.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/base/safe-text.ts"),
    ]);
    const result = await runSkill({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      input: await readInput(flags.input),
      files: (flags.file ?? []).map(parseGivenFile),
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
      onLog: (text) => process.stderr.write(safeText(text)),
    });
    for (const { stream, line } of showSkillRun(result)) this[stream](line);
    if (flags.out !== undefined && result.call !== undefined) {
      for (const path of await exportArtifacts(result.call.artifacts, flags.out)) this.words(`copied     ${path}`);
    }
    this.ends(endOf(result.outcome));
    return result;
  }
}
