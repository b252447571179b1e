import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { confirm } from "../../src/cli/confirm.ts";
import type { SkillTrusted } from "../../src/operations/trust-skill.ts";

export default class SkillTrust extends AgentctlCommand {
  static override summary = "Trust the files of a skill from elsewhere, as they lie there now; a person's decision.";
  static override description =
    "Takes effect when skills/lock.yaml is committed to the branch that policy is read from. A change of one byte in the skill ends it.";
  static override examples = ['<%= config.bin %> skill trust csv-tools --reason "read all of it, no network, no processes"'];
  static override args = { name: Args.string({ description: "the skill", required: true }) };
  static override flags = {
    reason: Flags.string({ description: "why it can be trusted, one line", required: true }),
    yes: Flags.boolean({ description: "do not ask" }),
  };

  async run(): Promise<SkillTrusted> {
    const { args, flags } = await this.parse(SkillTrust);
    const [{ askTrust, trustSkill }, { findingLines, tally }, { safeText }] = await Promise.all([
      import("../../src/operations/trust-skill.ts"),
      import("../../src/cli/skill-lines.ts"),
      import("../../src/base/safe-text.ts"),
    ]);
    const asked = { cwd: process.cwd(), env: process.env, name: args.name };
    const question = await askTrust(asked);
    for (const line of findingLines(question.findings)) this.words(line);
    this.words(`from    ${safeText(question.lock.source, { oneLine: true })}${question.lock.commit === undefined ? "" : ` at ${question.lock.commit}`}`);
    this.words(`files   sha256:${question.digest}${question.changed ? "  (changed since it was added)" : ""}`);
    this.words(`found   ${tally(question.findings)}`);
    await confirm(`trust ${args.name}?`, flags.yes);
    const trusted = await trustSkill({ ...asked, reason: flags.reason, question });
    this.data(`trusted  ${trusted.name}  sha256:${trusted.lock.digest.slice(0, 12)}`);
    this.words(`next     ${trusted.next}     it takes effect when it is committed`);
    return trusted;
  }
}
