import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ModelList } from "../../src/operations/list-models.ts";

export default class ModelIndex extends AgentctlCommand {
  static override summary = "List the models: tiers and roles, providers and their keys, prices, and what the month has taken.";
  static override description = "Nothing is asked of any model. Keys are looked for and never shown. Prices are US dollars per million tokens.";
  static override examples = ["<%= config.bin %> model", "<%= config.bin %> model --json"];

  async run(): Promise<ModelList> {
    const [{ listModels }, { modelList }] = await Promise.all([import("../../src/operations/list-models.ts"), import("../../src/cli/model-lines.ts")]);
    const list = await listModels({ cwd: process.cwd(), env: process.env });
    for (const line of modelList(list)) this.data(line);
    for (const found of list.uncommitted) this.words(`warn   ${found}: no model is asked until it is committed`);
    return list;
  }
}
