import * as Args from "@oclif/core/args";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SignerSummary } from "../../src/operations/list-signers.ts";

export default class SignerShow extends AgentctlCommand {
  static override summary = "Show one signer: key, what it signs, until when.";
  static override examples = ["<%= config.bin %> signer show ada@example.org"];
  static override args = { signer: Args.string({ description: "name, or fingerprint of the key", required: true, ignoreStdin: true }) };

  async run(): Promise<SignerSummary> {
    const { args } = await this.parse(SignerShow);
    const [{ showSigner }, { signerLines }] = await Promise.all([import("../../src/operations/list-signers.ts"), import("../../src/cli/signer-lines.ts")]);
    const signer = await showSigner({ cwd: process.cwd(), env: process.env, name: args.signer });
    if (signer === undefined)
      throw new AgentctlError("signer/unknown", `there is no signer ${JSON.stringify(args.signer)}`, { hint: "agentctl signer", exit: "usage" });
    for (const line of signerLines(signer)) this.data(line);
    return signer;
  }
}
