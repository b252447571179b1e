import { join } from "node:path";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { outsidePolicy } from "../../src/operations/halt-work.ts";
import { inRun, type OpenRun } from "../../src/operations/in-run.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { openProposal, type ProposalWanted } from "../../src/operations/open-proposal.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { gateNames, reportDigest, type GateName, type GateReport, type Verdict } from "../../src/proposal/gate-report.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { shippedFiles } from "../../src/workspace/shipped.ts";
import { signerLine, sshKey, type TestKey } from "./approvals.ts";
import { noMask } from "./record.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

export interface ProposalWorld extends TestWorkspace {
  stateDir: string;
  /** By name, as they stand in policies/signers. */
  keys: Record<string, TestKey>;
  /** Opens a proposal of the agent quant that writes docs/note.md, unless told otherwise. */
  propose(wanted?: Partial<ProposalWanted>): Promise<Proposal>;
  /** A report as the gates would make it; all passed, unless told otherwise. Nobody has seen it. */
  report(proposal: Proposal, verdicts?: Partial<Record<GateName, Verdict>>): Promise<{ report: GateReport; digest: string }>;
  /** Puts one on record, as the gates would. */
  putReport(proposal: Proposal, verdicts?: Partial<Record<GateName, Verdict>>): Promise<{ report: GateReport; digest: string }>;
  /** Does something in a run of its own. */
  within<T>(work: (open: OpenRun) => Promise<T>): Promise<T>;
}

/** A workspace with the shipped policies (and the rooms named), and people with keys, committed. */
export function proposalWorld(
  options: { signers?: readonly string[]; rooms?: readonly string[]; files?: Record<string, string | Uint8Array>; dir?: string } = {},
): ProposalWorld {
  const keys = Object.fromEntries((options.signers ?? ["ada@example.org", "bob@example.org"]).map((name) => [name, sshKey()]));
  const rooms = new Set(["policies", "schemas", "agents", ...(options.rooms ?? [])]);
  const shipped = shippedFiles(packageRoot(), "small").filter(({ path }) => !path.includes("/") || rooms.has(path.split("/")[0] ?? ""));
  const space = workspace(
    {
      ...Object.fromEntries(shipped.map(({ path, data }) => [path, data])),
      "policies/signers": Object.entries(keys)
        .map(([name, key]) => signerLine(name, key))
        .join(""),
      ...options.files,
    },
    options.dir === undefined ? {} : { dir: options.dir },
  );
  const stateDir = ensureStateDir({ stateDir: join(space.dir, ".git", "agentctl") });
  armWhenNew(stateDir);
  const authority = () => loadAuthority(space.dir, {});
  const within = <T>(work: (open: OpenRun) => Promise<T>): Promise<T> =>
    inRun({ stateDir, mask: noMask, started: outsidePolicy("propose", "ada") }, async (open) => ({ outcome: "ok", result: await work(open) }));
  const reportOf: ProposalWorld["report"] = async ({ id, head, base, tree }, verdicts = {}) => {
    const whose = await authority();
    const report: GateReport = {
      type: "agentctl-gates-v1",
      repository: (await whose.repository.firstCommit()) ?? "",
      proposal: id,
      head,
      base,
      tree,
      policy: whose.commit,
      gates: gateNames.map((gate) => ({ gate, verdict: verdicts[gate] ?? "passed", summary: "as told", findings: [], evidence: {} })),
    };
    return { report, digest: reportDigest(report) };
  };
  return {
    ...space,
    stateDir,
    keys,
    within,
    async propose(wanted = {}) {
      const whose = await authority();
      return within((open) =>
        openProposal(open, whose, {
          title: "A note",
          rationale: "It was asked for.",
          proposer: { kind: "agent", name: "quant" },
          triggeredBy: "agent quant",
          evidence: [],
          contents: [{ path: "docs/note.md", data: Buffer.from("# Note\n") }],
          ...wanted,
        }),
      );
    },
    report: reportOf,
    async putReport(proposal, verdicts = {}) {
      const { report, digest } = await reportOf(proposal, verdicts);
      await within(async (open) => {
        const { sha256 } = writeBlob(stateDir, Buffer.from(canonicalJson(report)));
        const gates = report.gates.map(({ gate, verdict, summary }) => ({ gate, verdict, summary, findings: 0, durationMs: 1 }));
        const { id, head, base, tree } = proposal;
        const passed = report.gates.every(({ verdict }) => verdict !== "failed");
        await open.recorder.append("proposal.gated", { proposal: id, head, base, tree, passed, digest, report: sha256, gates, durationMs: 9 });
      });
      return { report, digest };
    },
  };
}
