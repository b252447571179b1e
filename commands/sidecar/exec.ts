import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SidecarCell } from "../../src/operations/sidecar-cells.ts";

export default class SidecarExec extends AgentctlCommand {
  static override summary = "Execute Python in the sidecar: what one call defines, the next one has.";
  static override description =
    "What it prints, shows and its last value come on stdout, pictures as the paths of their files. Calls run one by one; Ctrl-C interrupts the cell. Exit 1: Python raised an error, 3: off, denied, or the code was made by an untrusted skill, 124: out of time.";
  static override examples = [
    '<%= config.bin %> sidecar exec "import numpy as np; x = np.arange(10); x.mean()"',
    "<%= config.bin %> sidecar exec --file ./analysis.py --timeout 120000",
    "echo 'x.std()' | <%= config.bin %> sidecar exec - --json",
  ];
  static override args = { code: Args.string({ description: "the code; `-` reads it from stdin", ignoreStdin: true }) };
  static override flags = {
    file: Flags.string({ description: "a file with the code", helpValue: "PATH" }),
    timeout: Flags.integer({ description: "ms that it may run; at most sidecar.timeoutMs", min: 1, max: 86_400_000 }),
    reset: Flags.boolean({ description: "forget everything first" }),
  };

  async run(): Promise<SidecarCell> {
    const { args, flags } = await this.parse(SidecarExec);
    const [{ execSidecar }, { codeGiven }, { cellLines, cellEnd }, { interrupts }] = await Promise.all([
      import("../../src/operations/ask-sidecar.ts"),
      import("../../src/cli/code-given.ts"),
      import("../../src/cli/sidecar-lines.ts"),
      import("../../src/cli/interrupts.ts"),
    ]);
    const code = await codeGiven(args.code, flags.file);
    const cell = await interrupts((signal) => {
      const { timeout: timeoutMs, reset } = flags;
      return execSidecar({ cwd: process.cwd(), env: process.env, code, reset, ...(timeoutMs !== undefined && { timeoutMs }) }, signal);
    });
    for (const { stream, line } of cellLines(cell)) this[stream](line);
    this.ends(cellEnd(cell));
    return cell;
  }
}
