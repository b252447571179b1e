import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { decisionLines } from "../../src/cli/decision-lines.ts";
import { readInput } from "../../src/cli/stdin.ts";
import type { Decision, RiskClass } from "../../src/policy/request.ts";

export default class PolicyCheck extends AgentctlCommand {
  static override summary = "Ask the committed policies about one action, without doing it.";
  static override description =
    "Ends with 0 when it is allowed, 3 when it is denied, 8 when it needs an approval. A request as JSON (see `agentctl schema request`; class and actor may be left out) comes from stdin.";
  static override examples = [
    "<%= config.bin %> policy check --action net.connect --host api.example.com --port 443",
    "<%= config.bin %> policy check --action tool.call --tool shell --agent quant --level 2",
    "<%= config.bin %> policy check --action skill.run --skill market-stats",
    `echo '{"action":"file.read","path":".env"}' | <%= config.bin %> policy check -`,
  ];
  static override args = { request: Args.string({ description: "- reads the request from stdin as JSON", ignoreStdin: true }) };
  static override flags = {
    action: Flags.string({ description: "what is done, e.g. skill.run, file.write, net.connect" }),
    class: Flags.string({ description: "risk class; the usual one of the action when not given", options: ["R", "W", "B", "N", "C", "T"] }),
    tool: Flags.string({ description: "name of the tool" }),
    skill: Flags.string({ description: "name of the skill; its trust and digest are looked up" }),
    path: Flags.string({ description: "path in the workspace" }),
    host: Flags.string({ description: "host name or address" }),
    port: Flags.integer({ description: "port", min: 1, max: 65_535 }),
    runner: Flags.string({ description: "name of the runner" }),
    agent: Flags.string({ description: "ask for an agent instead of yourself" }),
    level: Flags.integer({ description: "its autonomy level; what the commit grants when not given", min: 1, max: 4, dependsOn: ["agent"] }),
  };

  async run(): Promise<Decision> {
    const { args, flags } = await this.parse(PolicyCheck);
    const { action, json: _json, ...facts } = flags;
    if (args.request !== undefined && args.request !== "-") throw usage(`unknown word "${args.request}"`);
    const fromStdin = args.request === "-" || (action === undefined && !process.stdin.isTTY);
    if (fromStdin && action !== undefined) throw usage("the request comes from stdin and from --action at once");
    if (!fromStdin && action === undefined) throw usage("--action is missing");
    const { checkAction } = await import("../../src/operations/check-action.ts");
    const asked = { cwd: process.cwd(), env: process.env };
    const { decision, warnings } = await checkAction(
      fromStdin
        ? { ...asked, json: (await readInput("-")) ?? "" }
        : { ...asked, flags: { ...facts, class: facts.class as RiskClass | undefined, action: action ?? "" } },
    );
    for (const line of decisionLines(decision)) this.data(line);
    for (const warning of warnings) this.words(`warn   ${warning}`);
    if (decision.effect === "deny") this.ends(decision.rules[0] === "base/bad-request" || decision.rules[0] === "base/unknown-action" ? "usage" : "denied");
    else if (decision.effect !== "allow") this.ends("waiting");
    return decision;
  }
}

function usage(message: string): AgentctlError {
  return new AgentctlError("policy/bad-request", message, { hint: "agentctl policy check --help", exit: "usage" });
}
