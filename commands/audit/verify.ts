import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { count } from "../../src/cli/quantity.ts";
import { table } from "../../src/cli/table.ts";
import type { AuditReport } from "../../src/operations/verify-audit.ts";

export default class AuditVerify extends AgentctlCommand {
  static override summary = "Verify the record: every journal, every body, against the ledger and the newest checkpoint; exit 7 on any fault.";
  static override description =
    "Names each fault with file and record: changed, deleted, swapped or doubled records, an end that was cut or rewritten, missing and strange files. Without a checkpoint that was pushed elsewhere it cannot tell a record that was rewritten together with the ledger. test/verify-audit.py of the sources checks the same without agentctl.";
  static override examples = ["<%= config.bin %> audit verify", "<%= config.bin %> audit verify r-7k2m --json"];
  static override strict = false;
  static override args = { run: Args.string({ description: "ids of runs; all when none is given" }) };

  async run(): Promise<AuditReport> {
    const { argv } = await this.parse(AuditVerify);
    const { verifyAudit } = await import("../../src/operations/verify-audit.ts");
    const { safeText } = await import("../../src/base/safe-text.ts");
    const report = await verifyAudit({ cwd: process.cwd(), env: process.env, runs: argv.map(String) });
    const faults = report.faults.map(({ kind, file, line, message }) => ({
      kind,
      where: safeText(line === undefined ? file : `${file}:${line}`, { oneLine: true }),
      message: safeText(message, { oneLine: true }),
    }));
    for (const line of table(faults, ["kind", "where", "message"], { header: false })) this.data(`fault  ${line}`);
    for (const { file, message } of report.notes) this.words(safeText(`note   ${file}  ${message}`, { oneLine: true }));
    const { checkpoint } = report;
    if (checkpoint === undefined)
      this.words("anchor none: who can write the state folder could change journals and ledger together     agentctl audit checkpoint --push …");
    else
      this.words(`anchor ${checkpoint.commit.slice(0, 10)}  ${count(checkpoint.runs, "run")} at ${checkpoint.time}  ${signatureWords(checkpoint.signature)}`);
    if (checkpoint?.signature.state === "unknown") {
      const line = `<name> namespaces="agentctl-checkpoint-v1" <public key>`;
      this.words(`mend   if that key is yours, add a line to policies/signers and commit it:  ${line}`);
    }
    if (checkpoint !== undefined && checkpoint.runs > 0 && report.runs === 0)
      this.words("note   no run of the checkpoint is here; the record stays where it was made: set AGENTCTL_STATE_DIR to a copy of that state folder");
    this.data(
      `${report.verified ? "verified" : count(report.faults.length, "fault")}  ${count(report.runs, "run")} · ${count(report.records, "record")} · ${report.blobs} bodies and artifacts`,
    );
    if (!report.verified) {
      this.ends("verification");
      // After the answer is told: who asks for it does not wait for messages.
      await (await import("../../src/operations/tell-faults.ts")).tellFaults({ cwd: process.cwd(), env: process.env }, report);
    }
    return report;
  }
}

function signatureWords(signature: NonNullable<AuditReport["checkpoint"]>["signature"]): string {
  switch (signature.state) {
    case "good":
      return `signed by ${signature.principal} (${signature.fingerprint})`;
    case "unknown":
      return `signed by a key that policies/signers does not list (${signature.fingerprint})`;
    case "bad":
      return "signature does not fit";
    case "unsigned":
      return "not signed";
  }
}
