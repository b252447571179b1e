import type { Finding } from "../../src/base/finding.ts";
import { openGateTrees } from "../../src/operations/gate-tree.ts";
import { benchmark } from "../../src/operations/gates/benchmark.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import type { ProposalWorld } from "./proposals.ts";

export interface Benchmarked {
  verdict: string;
  summary: string;
  findings: readonly Finding[];
  evidence: unknown;
  /** `level rule: message`, in their order. */
  told: string[];
  /** The run that asked. */
  run: string;
}

/** Asks the benchmark gate about a proposal, as gateProposal does. */
export async function askBenchmark(world: ProposalWorld, proposal: Proposal): Promise<Benchmarked> {
  const authority = await loadAuthority(world.dir, {});
  return world.within(async (open) => {
    const trees = await openGateTrees({ authority, stateDir: world.stateDir, env: {} }, proposal);
    try {
      const { stateDir } = world;
      const answer = await benchmark.judge({ authority, proposal, kinds: [], open, stateDir, env: process.env, ...trees, signal: open.stop });
      return { ...answer, told: answer.findings.map(({ level, rule, message }) => `${level} ${rule}: ${message}`), run: open.run };
    } finally {
      trees.close();
    }
  });
}

/** Files as a proposal wants them. */
export function contentsOf(files: Readonly<Record<string, string | undefined>>): { path: string; data: Uint8Array | undefined }[] {
  return Object.entries(files).map(([path, text]) => ({ path, data: text === undefined ? undefined : Buffer.from(text) }));
}
