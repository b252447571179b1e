import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { MemoryListed } from "../../src/operations/list-memory.ts";

export default class Memory extends AgentctlCommand {
  static override summary = "List what the workspace remembers: the lessons, incidents and projects of the commit.";
  static override description =
    "An entry is a Markdown file in memory/, and counts when it is committed on the protected branch. Agents search it (`memory_search`) and draft entries (`remember`).";
  static override examples = [
    "<%= config.bin %> memory",
    "<%= config.bin %> memory --kind incident --tag data",
    "<%= config.bin %> memory --json | jq '.entries[].id'",
  ];
  static override flags = {
    kind: Flags.string({ description: "only entries of this kind", options: ["lesson", "incident", "project"] }),
    tag: Flags.string({ description: "only entries with this tag", multiple: true }),
  };

  async run(): Promise<MemoryListed> {
    const { flags } = await this.parse(Memory);
    const [{ listMemory }, { memoryList }] = await Promise.all([import("../../src/operations/list-memory.ts"), import("../../src/cli/memory-lines.ts")]);
    const kind = flags.kind as MemoryListed["entries"][number]["kind"] | undefined;
    const listed = await listMemory({ cwd: process.cwd(), env: process.env, kind, tags: flags.tag ?? [] });
    if (listed.entries.length > 0) for (const line of memoryList(listed)) this.data(line);
    else this.words('nothing remembered yet     agentctl memory add lesson "…" --text "…"');
    for (const path of listed.uncommitted.slice(0, 5)) this.words(`draft  ${path} differs from the commit, and counts when it is committed`);
    if (listed.findings.length > 0) this.words(`warn   ${listed.findings.length} findings keep files of the commit from counting     agentctl memory check`);
    return listed;
  }
}
