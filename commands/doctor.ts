import * as Flags from "@oclif/core/flags";
import { clip } from "../src/cli/clip.ts";
import { AgentctlCommand } from "../src/cli/command.ts";
import { paint } from "../src/cli/paint.ts";
import { table } from "../src/cli/table.ts";
import type { Diagnosis } from "../src/operations/diagnose.ts";
import type { Enforcement } from "../src/operations/prove-enforcement.ts";

type Probe = Enforcement["probes"][number];

const colours = { ok: "green", warn: "yellow", miss: "red" } as const;

export default class Doctor extends AgentctlCommand {
  static override summary = "Look at everything agentctl needs here, and say how to mend what is missing.";
  static override description =
    "Ends with 1 when something required is missing. With --prove it tries the known ways out of a job container, from inside one, and ends with 7 when one that should hold does not.";
  static override examples = ["<%= config.bin %> doctor", "<%= config.bin %> doctor --clean", "<%= config.bin %> doctor --prove --json"];
  static override flags = {
    clean: Flags.boolean({ description: "remove containers that were left over" }),
    prove: Flags.boolean({ description: "try live escapes and show what is really enforced on this host", exclusive: ["clean"] }),
  };

  async run(): Promise<Diagnosis | Enforcement> {
    const { flags } = await this.parse(Doctor);
    return flags.prove ? await this.prove() : await this.look(flags.clean);
  }

  private async look(clean: boolean): Promise<Diagnosis> {
    const { diagnose } = await import("../src/operations/diagnose.ts");
    const diagnosis = await diagnose({ cwd: process.cwd(), env: process.env, clean });
    const width = Math.max(...diagnosis.checks.map((check) => (check.mend === undefined ? 0 : check.found.length)));
    for (const { level, found, mend } of diagnosis.checks) {
      this.data(`${paint(colours[level], level.padEnd(4), process.stdout)}  ${mend === undefined ? found : `${found.padEnd(Math.min(width, 72))}    ${mend}`}`);
    }
    if (!diagnosis.ok) this.ends("failed");
    return diagnosis;
  }

  private async prove(): Promise<Enforcement> {
    const { proveEnforcement } = await import("../src/operations/prove-enforcement.ts");
    this.words("trying to get out of a job container; about 15 s");
    const watch = process.stderr.isTTY;
    const enforcement = await proveEnforcement({
      cwd: process.cwd(),
      env: process.env,
      onProbe: (probe) => watch && this.words(`${verdict(probe)}  ${probe.what}`),
    });
    const rows = enforcement.probes.map((probe) => ({ what: probe.what, expected: probe.expected, found: clip(probe.found, 80), verdict: verdict(probe) }));
    for (const line of table(rows, ["verdict", "what", "expected", "found"])) this.data(line);
    const failed = enforcement.probes.filter((probe) => verdict(probe) === "FAILED");
    const held = enforcement.probes.filter((probe) => probe.held).length;
    this.words(
      `${enforcement.probes.length} tried · ${held} held · ${enforcement.probes.length - held - failed.length} open by nature · ${failed.length} failed`,
    );
    if (failed.length > 0) this.ends("verification");
    return enforcement;
  }
}

/** `open` is a limit of containers that is known and documented; `FAILED` is a hole. */
function verdict(probe: Probe): "held" | "open" | "FAILED" {
  if (probe.held) return "held";
  return probe.expected === "open" ? "open" : "FAILED";
}
