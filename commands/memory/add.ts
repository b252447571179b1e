import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { MemoryAdded, MemoryGiven } from "../../src/operations/add-memory.ts";

export default class MemoryAdd extends AgentctlCommand {
  static override summary = "Write an entry into memory/, well-formed; it counts when it is committed.";
  static override description =
    "The text comes from --text, or from stdin with `--text -`. Nothing is overwritten: where the name is taken, a number follows it.";
  static override examples = [
    '<%= config.bin %> memory add lesson "Costs eat small edges" --tag costs --text "r-… made 3 % before costs and lost 4 % after."',
    '<%= config.bin %> memory add incident "The feed had a gap in May" --severity medium --status open --text - < notes.md',
  ];
  static override args = {
    kind: Args.string({ description: "what it is", required: true, options: ["lesson", "incident", "project"] }),
    title: Args.string({ description: "one line that says it", required: true, ignoreStdin: true }),
  };
  static override flags = {
    text: Flags.string({ description: "Markdown; `-` reads it from stdin", required: true }),
    tag: Flags.string({ description: "a tag, e.g. costs", multiple: true }),
    source: Flags.string({ description: "where it comes from: a run, or a person; you when not given" }),
    severity: Flags.string({ description: "of an incident", options: ["low", "medium", "high", "critical"] }),
    status: Flags.string({ description: "of an incident or a project", options: ["open", "closed"] }),
  };

  async run(): Promise<MemoryAdded> {
    const { args, flags } = await this.parse(MemoryAdd);
    const [{ addMemory }, { readInput }] = await Promise.all([import("../../src/operations/add-memory.ts"), import("../../src/cli/stdin.ts")]);
    const text = (await readInput(flags.text)) ?? "";
    if (text.trim() === "") throw new AgentctlError("memory/bad-entry", "the text is empty", { hint: '--text "…"     or --text - < notes.md', exit: "usage" });
    const { kind, severity, status } = { ...flags, kind: args.kind } as Pick<MemoryGiven, "kind" | "severity" | "status">;
    const added = addMemory({
      cwd: process.cwd(),
      env: process.env,
      kind,
      title: args.title,
      text,
      tags: flags.tag ?? [],
      source: flags.source,
      severity,
      status,
    });
    this.data(added.path);
    this.words(`next   git add ${added.path} && git commit -m "memory: …"     it counts when it is committed`);
    return added;
  }
}
