import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { count } from "../../src/cli/quantity.ts";
import type { HaltResult } from "../../src/operations/halt-work.ts";

export default class Halt extends AgentctlCommand {
  static override summary = "Stop everything: no new action starts, running ones are killed, in every process.";
  static override description =
    "Takes hold at once and needs neither git, DuckDB, Docker nor a network. Survives restarts and `git clean`; only `agentctl halt release` lets work go on. Anybody may halt.";
  static override examples = ['<%= config.bin %> halt --reason "odd orders"'];
  static override flags = { reason: Flags.string({ description: "why; shown to whoever is refused", default: "no reason given" }) };

  async run(): Promise<HaltResult> {
    const { flags } = await this.parse(Halt);
    const { haltWork } = await import("../../src/operations/halt-work.ts");
    const result = await haltWork({ cwd: process.cwd(), env: process.env, reason: flags.reason });
    const left = result.containersKilled === 0 ? "nothing left running" : `${count(result.containersKilled, "container")} killed`;
    this.data(`halted  ${(result.durationMs / 1000).toFixed(1)} s · ${count(result.runsStopped, "run")} stopped · ${left}`);
    for (const warning of result.warnings) this.words(`warn    ${warning}`);
    this.words("next    agentctl halt release --reason …     lets work go on");
    // The halt holds and is told; messages about it come after, and nothing depends on them.
    await (await import("../../src/operations/flush-notifications.ts")).flushQuietly({ cwd: process.cwd(), env: process.env });
    return result;
  }
}
