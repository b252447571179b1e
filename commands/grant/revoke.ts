import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { GrantRevoked } from "../../src/operations/revoke-grant.ts";

export default class GrantRevoke extends AgentctlCommand {
  static override summary = "End a standing permission at once; from then on the agent asks again.";
  static override examples = ['<%= config.bin %> grant revoke gr-7k2m --note "no longer needed"'];
  static override args = { grant: Args.string({ description: "id of the grant", required: true, ignoreStdin: true }) };
  static override flags = { note: Flags.string({ description: "why" }) };

  async run(): Promise<GrantRevoked> {
    const { args, flags } = await this.parse(GrantRevoke);
    const { endGrant } = await import("../../src/operations/revoke-grant.ts");
    const result = await endGrant({ cwd: process.cwd(), env: process.env, grant: args.grant, note: flags.note ?? "" });
    this.data(result.revoked ? `revoked  ${result.grant}` : `${result.grant} had ended before`);
    return result;
  }
}
