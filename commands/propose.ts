import * as Flags from "@oclif/core/flags";
import { AgentctlError } from "../src/base/errors.ts";
import { AgentctlCommand, endOf } from "../src/cli/command.ts";
import type { ProposalSource, Proposed } from "../src/operations/propose-change.ts";

const sources = ["run", "folder", "patch", "files"] as const;

export default class Propose extends AgentctlCommand {
  static override summary = "Propose a change: one commit on a branch of its own, which lands when the gates pass and people approve.";
  static override description =
    "The files come from an agent's run, a folder, a patch or your working tree; exactly one of them, or only --remove. The branch agentctl/<id> is made from the protected branch's commit. Your working tree, your index and your hooks are not touched. With --dry-run it only says what the change is and what it would take.";
  static override examples = [
    "<%= config.bin %> propose --run r-7k2m",
    '<%= config.bin %> propose --files skills/market-stats/SKILL.md --title "Say which bars" --rationale "r-7k2m failed without"',
    '<%= config.bin %> propose --folder ./new-skill --at skills/new-skill --title "A skill" --rationale-file why.md --evidence r-7k2m',
    'git diff --no-renames | <%= config.bin %> propose --patch - --title "…" --rationale "…" --dry-run',
  ];
  static override flags = {
    run: Flags.string({ description: "what an agent drafted in this run; every draft becomes a proposal of its own", exclusive: ["folder", "patch", "files"] }),
    draft: Flags.string({ description: "only this draft of the run", helpValue: "p-…", dependsOn: ["run"] }),
    folder: Flags.string({ description: "plain files of this folder, laid over the workspace", exclusive: ["patch", "files"] }),
    at: Flags.string({ description: "where in the workspace the folder's files go", dependsOn: ["folder"] }),
    patch: Flags.string({ description: "a unified diff as git diff writes it, against the protected branch; `-` reads it from stdin", exclusive: ["files"] }),
    files: Flags.string({ description: "files of the working tree, as they are", multiple: true }),
    remove: Flags.string({ description: "a path that goes; may be repeated", multiple: true, multipleNonGreedy: true }),
    title: Flags.string({ description: "one line that says what changes; of a draft in place of the agent's" }),
    rationale: Flags.string({ description: "why, and by which results; `-` reads it from stdin", exclusive: ["rationale-file"] }),
    "rationale-file": Flags.string({ description: "a file that holds the rationale" }),
    evidence: Flags.string({ description: "id of a run, a decision, a backtest, …; may be repeated", multiple: true, multipleNonGreedy: true }),
    "triggered-by": Flags.string({ description: "what made you propose it, if not you" }),
    "dry-run": Flags.boolean({ description: "make nothing; say what it would be" }),
  };

  async run(): Promise<Proposed[]> {
    const { flags } = await this.parse(Propose);
    const given = sources.filter((name) => flags[name] !== undefined);
    if (given.length === 0 && flags.remove === undefined)
      throw new AgentctlError("cli/usage", "say where the files come from", {
        hint: "--run r-…, --folder DIR, --patch FILE, --files PATH … or --remove PATH",
        exit: "usage",
      });
    const [{ proposeChange }, { proposedLines }, { readBytes, readInput }] = await Promise.all([
      import("../src/operations/propose-change.ts"),
      import("../src/cli/proposal-lines.ts"),
      import("../src/cli/stdin.ts"),
    ]);
    if (flags.patch === "-" && flags.rationale === "-")
      throw new AgentctlError("cli/usage", "stdin is one text: the patch or the rationale", { exit: "usage" });
    const { run, draft, folder, at, patch, files } = flags;
    const source: ProposalSource =
      run !== undefined
        ? { kind: "run", run, draft }
        : folder !== undefined
          ? { kind: "folder", folder, at }
          : patch !== undefined
            ? { kind: "patch", patch: await readBytes(patch) }
            : files !== undefined
              ? { kind: "files", files }
              : { kind: "none" };
    const rationaleFile = flags["rationale-file"];
    const made = await proposeChange({
      cwd: process.cwd(),
      env: process.env,
      source,
      title: flags.title,
      rationale: rationaleFile === undefined ? await readInput(flags.rationale) : Buffer.from(await readBytes(rationaleFile)).toString("utf8"),
      evidence: flags.evidence ?? [],
      remove: flags.remove ?? [],
      triggeredBy: flags["triggered-by"],
      dryRun: flags["dry-run"],
    });
    for (const each of made) {
      const lines = proposedLines(each);
      for (const line of lines.data) this.data(line);
      for (const line of lines.words) this.words(line);
    }
    const no = made.find(({ outcome }) => outcome !== undefined && outcome !== "ok")?.outcome;
    if (no !== undefined) this.ends(endOf(no));
    return made;
  }
}
