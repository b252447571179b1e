import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { SignerChange } from "../../src/operations/change-signers.ts";

export default class SignerRemove extends AgentctlCommand {
  static override summary = "Propose that somebody signs no more; it takes two of those who sign today.";
  static override description =
    "Once it has landed, none of their answers counts, also those given before to what has not landed yet. To stop everything at once: agentctl halt.";
  static override examples = ['<%= config.bin %> signer remove ada@example.org --rationale "her laptop was stolen"'];
  static override args = { name: Args.string({ description: "name of the signer", required: true, ignoreStdin: true }) };
  static override flags = { rationale: Flags.string({ description: "why" }) };

  async run(): Promise<SignerChange> {
    const { args, flags } = await this.parse(SignerRemove);
    const [{ removeSigner }, { changedLines }] = await Promise.all([import("../../src/operations/change-signers.ts"), import("../../src/cli/signer-lines.ts")]);
    const changed = await removeSigner({ cwd: process.cwd(), env: process.env, name: args.name, rationale: flags.rationale });
    const lines = changedLines(changed, "-");
    for (const line of lines.data) this.data(line);
    for (const line of lines.words) this.words(line);
    this.ends(endOf(changed.outcome));
    return changed;
  }
}
