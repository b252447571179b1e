import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { InitCiResult } from "../../src/operations/init-ci.ts";

export default class CiInit extends AgentctlCommand {
  static override summary = "Write the GitHub workflows of a workspace (check, verify, improve), CODEOWNERS and a ruleset to import.";
  static override description =
    "Overwrites nothing and commits nothing. The ruleset is imported in the settings of the repository: Rules, New ruleset, Import. Actions are named by major tag unless --pin says a commit.";
  static override examples = [
    "<%= config.bin %> ci init --action acme/agentctl@8f4b7f84864484a7bf31766abe9204da3cbe65b3 --owners @acme/risk",
    "<%= config.bin %> ci init --action acme/agentctl@v1 --print",
  ];
  static override flags = {
    action: Flags.string({ description: "owner/repo@ref that holds agentctl's action.yml; ./ where it is this repository", required: true }),
    owners: Flags.string({ description: "who is asked about policies, evaluations, runners, workflows", multiple: true, default: [] }),
    pin: Flags.string({ description: "action=commit, e.g. actions/checkout=08c6903cd8c0fde910a37f88322edcfb5dd907a8", multiple: true, default: [] }),
    "dry-run": Flags.boolean({ description: "write nothing, name the files" }),
    print: Flags.boolean({ description: "write nothing, print the files" }),
  };

  async run(): Promise<InitCiResult> {
    const { flags } = await this.parse(CiInit);
    const { initCi } = await import("../../src/operations/init-ci.ts");
    const { action, owners, pin: pins, print } = flags;
    const result = await initCi({ cwd: process.cwd(), env: process.env, action, owners, pins, dryRun: flags["dry-run"] || print });
    if (print) for (const { path, text } of result.files) this.data(`# ${path}\n${text}`);
    else if (flags["dry-run"]) for (const { path } of result.files) this.data(`would create  ${path}`);
    for (const path of result.created) this.data(`created    ${path}`);
    for (const path of result.unchanged) this.data(`unchanged  ${path}`);
    for (const { path, why } of result.kept) this.data(`kept       ${path}   ${why}`);
    if (result.created.length > 0) {
      this.words("next       commit them through a proposal or by hand; import .github/rulesets/agentctl.json in the settings of the repository");
      this.words("note       no ruleset covers refs/agentctl/*: whoever may push can add or delete answers there, not forge them, as each is signed");
    }
    return result;
  }
}
