import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { count } from "../../src/cli/quantity.ts";
import type { CheckpointResult } from "../../src/operations/checkpoint-audit.ts";

export default class AuditCheckpoint extends AgentctlCommand {
  static override summary = "Anchor the record in git: the heads of all runs, signed, as a commit of refs/agentctl/audit.";
  static override description =
    "Whoever has the commit can tell later whether a run was changed or removed; what came after the last checkpoint that left this machine can still be removed unseen, so push it. Only a record that verifies is anchored.";
  static override examples = ["<%= config.bin %> audit checkpoint --key ~/.ssh/id_ed25519 --push origin"];
  static override flags = {
    key: Flags.string({ description: "SSH key that signs; your own git's user.signingkey when not given" }),
    push: Flags.string({ description: "remote to push refs/agentctl/audit to", helpValue: "REMOTE" }),
  };

  async run(): Promise<CheckpointResult> {
    const { flags } = await this.parse(AuditCheckpoint);
    const { checkpointAudit } = await import("../../src/operations/checkpoint-audit.ts");
    const result = await checkpointAudit({
      cwd: process.cwd(),
      env: process.env,
      ...(flags.key !== undefined && { key: flags.key }),
      ...(flags.push !== undefined && { push: flags.push }),
    });
    this.data(`anchored  ${count(result.runs, "run")} in ${result.ref} ${result.commit.slice(0, 10)}`);
    if (result.signedWith === undefined)
      this.words("warn      not signed: no key given, and git's user.signingkey names none     agentctl audit checkpoint --key …");
    else this.words(`signed    ${result.signedWith}`);
    if (result.pushed !== undefined) this.words(`pushed    ${result.pushed}`);
    return result;
  }
}
