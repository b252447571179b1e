import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { DetachedRun } from "../../src/operations/detach-run.ts";
import type { AgentRunResult, SkillRunResult } from "../../src/operations/start-run.ts";

export default class RunStart extends AgentctlCommand {
  static override summary = "Give an objective to an agent: planned, decided call by call, in the sandbox, on record.";
  static override description =
    "Without --agent the objective is routed (see `agentctl route`); a skill that already solves it is run instead. The agent, its level and the policies are those of the commit. Exit 3: denied, 5: a limit or budget was reached, 8: it waits for people; then `agentctl approval` and `agentctl run resume`.";
  static override examples = [
    '<%= config.bin %> run start "Which calendar effects survive costs in this data?" --agent quant',
    '<%= config.bin %> run start "Summarise scratch/input/prices.csv" --agent file-ops --file ./prices.csv --model local-smart',
    '<%= config.bin %> run start "And after costs?" --agent quant --conversation sma-cross',
    '<%= config.bin %> run start "Backtest sma-cross on all data" --agent quant --detach --json',
  ];
  static override args = { objective: Args.string({ description: "what is to be done; `-` reads it from stdin", required: true, ignoreStdin: true }) };
  static override flags = {
    agent: Flags.string({ description: "who does it; routed when not given" }),
    model: Flags.string({ description: "a tier or provider/model, instead of the agent's own" }),
    file: Flags.string({ description: "a file to put into scratch/input/", multiple: true }),
    conversation: Flags.string({ description: "go on with what you asked and were answered under this name", helpValue: "NAME" }),
    detach: Flags.boolean({ description: "start it in the background and answer its id" }),
    record: Flags.string({ description: "write what the models answer to this cassette", helpValue: "FILE" }),
    "run-id": Flags.string({ hidden: true }),
  };

  async run(): Promise<AgentRunResult | SkillRunResult | DetachedRun> {
    const { args, flags } = await this.parse(RunStart);
    if (flags.detach) return this.detached(args.objective);
    const [{ startRun }, { watchAgent }, { agentRunLines }, { readInput }] = await Promise.all([
      import("../../src/operations/start-run.ts"),
      import("../../src/cli/agent-watch.ts"),
      import("../../src/cli/agent-run.ts"),
      import("../../src/cli/stdin.ts"),
    ]);
    const { watch, shown } = watchAgent((line) => this.words(line));
    const { agent, model, file: files, record, conversation } = flags;
    const objective = (await readInput(args.objective)) ?? "";
    try {
      const result = await startRun({
        ...watch,
        cwd: process.cwd(),
        env: process.env,
        objective,
        agent,
        model,
        files,
        record,
        conversation,
        run: flags["run-id"],
      });
      await shown.close();
      for (const { stream, line } of agentRunLines(result)) this[stream](line);
      this.ends(endOf(result.kind === "skill" ? result.skill.outcome : result.outcome));
      return result;
    } finally {
      await shown.close();
    }
  }

  private async detached(objective: string): Promise<DetachedRun> {
    if (objective === "-") {
      const hint = 'run start "…" --detach     or put it into a file and name that with --file';
      throw new AgentctlError("agent/no-objective", "a detached run has no stdin to read its objective from", { hint, exit: "usage" });
    }
    const { detachRun } = await import("../../src/operations/detach-run.ts");
    // What stands behind `--` is the objective, whatever it looks like.
    const flagsEnd = this.argv.includes("--") ? this.argv.indexOf("--") : this.argv.length;
    const words = this.argv.filter((word, index) => index >= flagsEnd || !["--detach", "--json"].includes(word));
    const argv = [process.execPath, ...process.execArgv, process.argv[1] ?? "", "run", "start"];
    const result = await detachRun({ cwd: process.cwd(), env: process.env, argv, words });
    this.data(result.root);
    this.words(`started    agentctl run watch ${result.root}     agentctl run stop ${result.root}`);
    return result;
  }
}
