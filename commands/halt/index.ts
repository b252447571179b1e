import { AgentctlCommand } from "../../src/cli/command.ts";

export default class Halt extends AgentctlCommand {
  static override summary = "stop";
  async run(): Promise<{ a: number }> {
    this.data("hi");
    return { a: 1 };
  }
}
