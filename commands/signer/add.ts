import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { readFileSync } from "node:fs";
import { AgentctlError, messageOf } from "../../src/base/errors.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { SignerChange } from "../../src/operations/change-signers.ts";

export default class SignerAdd extends AgentctlCommand {
  static override summary = "Propose one more signer; it takes two of those who sign today.";
  static override description =
    "The line of policies/signers becomes a proposal like any other change. Where nobody signs yet, the first lines are committed by hand, and this says how.";
  static override examples = [
    "<%= config.bin %> signer add ada@example.org --key ~/.ssh/id_ed25519.pub",
    "<%= config.bin %> signer add bob@example.org --key bob.pub --github bob --valid-until 2027-01-31",
  ];
  static override args = { name: Args.string({ description: "who it is, e.g. an e-mail address", required: true, ignoreStdin: true }) };
  static override flags = {
    key: Flags.string({ description: "file with the public key", required: true }),
    github: Flags.string({ description: "their login at GitHub, whose reviews can count where policy says so" }),
    "valid-until": Flags.string({ description: "the last day on which the key is good: 90d, 2027-01-31" }),
    rationale: Flags.string({ description: "why" }),
  };

  async run(): Promise<SignerChange> {
    const { args, flags } = await this.parse(SignerAdd);
    const [{ addSigner }, { changedLines }, { parseUntil }, { systemClock }] = await Promise.all([
      import("../../src/operations/change-signers.ts"),
      import("../../src/cli/signer-lines.ts"),
      import("../../src/cli/until.ts"),
      import("../../src/base/clock.ts"),
    ]);
    const until = flags["valid-until"];
    const changed = await addSigner({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      publicKey: readKey(flags.key),
      github: flags.github,
      rationale: flags.rationale,
      validUntilMs: until === undefined ? undefined : parseUntil(until, systemClock.nowMs()),
    });
    const lines = changedLines(changed, "+");
    for (const line of lines.data) this.data(line);
    for (const line of lines.words) this.words(line);
    this.ends(endOf(changed.outcome));
    return changed;
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(0, 16_384);
  } catch (cause) {
    throw new AgentctlError("signer/no-key", `${path} cannot be read: ${messageOf(cause)}`, { hint: "ls ~/.ssh/*.pub", exit: "usage", cause });
  }
}
