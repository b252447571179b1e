import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SignerSummary } from "../../src/operations/list-signers.ts";

export default class Signer extends AgentctlCommand {
  static override summary = "List the people whose approval counts, as policies/signers of the protected branch's commit says.";
  static override examples = ["<%= config.bin %> signer", "<%= config.bin %> signer --json"];

  async run(): Promise<{ commit: string; signers: SignerSummary[] }> {
    const [{ listSigners }, { signerRows }] = await Promise.all([import("../../src/operations/list-signers.ts"), import("../../src/cli/signer-lines.ts")]);
    const listed = await listSigners({ cwd: process.cwd(), env: process.env });
    if (listed.signers.length === 0) this.words("nobody    signs yet     agentctl signer add NAME --key FILE.pub");
    else for (const line of signerRows(listed.signers)) this.data(line);
    return listed;
  }
}
