import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { MemoryFound } from "../../src/operations/find-memory.ts";

export default class MemorySearch extends AgentctlCommand {
  static override summary = "Find entries by words, and by meaning where memory.embeddings names a model; best first.";
  static override description =
    "Any word finds, quotes and operators mean nothing. With a model the words are sent to it, as a run that policy decides and the budgets bear; where it does not answer, words alone find, and that is said.";
  static override examples = [
    "<%= config.bin %> memory search do costs eat the edge",
    '<%= config.bin %> memory search "gap in the data" --kind incident --limit 3',
    "<%= config.bin %> memory search overfitting --json | jq '.entries[0]'",
  ];
  static override strict = false;
  static override args = { words: Args.string({ description: "what to look for", required: true }) };
  static override flags = {
    kind: Flags.string({ description: "only entries of this kind", options: ["lesson", "incident", "project"] }),
    limit: Flags.integer({ description: "entries at most", min: 1, max: 200, default: 10 }),
  };

  async run(): Promise<MemoryFound> {
    const { argv, flags } = await this.parse(MemorySearch);
    const [{ findMemory }, { memoryFound }] = await Promise.all([import("../../src/operations/find-memory.ts"), import("../../src/cli/memory-lines.ts")]);
    const kind = flags.kind as MemoryFound["entries"][number]["kind"] | undefined;
    const found = await findMemory({ cwd: process.cwd(), env: process.env, words: argv.map(String).join(" "), kind, limit: flags.limit });
    for (const line of memoryFound(found)) this.data(line);
    if (found.entries.length === 0) this.words("nothing found");
    for (const notice of found.notices) this.words(`note   ${notice}`);
    return found;
  }
}
