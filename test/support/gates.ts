import { openGateTrees } from "../../src/operations/gate-tree.ts";
import { allGates } from "../../src/operations/gates/all.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import type { ProposalWanted } from "../../src/operations/open-proposal.ts";
import { riskAt } from "../../src/operations/proposal-needs.ts";
import type { GateName } from "../../src/proposal/gate-report.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { createMask } from "../../src/trace/mask.ts";
import type { ProposalWorld } from "./proposals.ts";

export interface Judged {
  verdict: string;
  summary: string;
  evidence: { readonly [name: string]: unknown };
  /** `level rule file` of each finding. */
  told: string[];
  messages: string[];
}

/** Asks one gate about a proposal, as gateProposal does. */
export async function askGate(world: ProposalWorld, name: GateName, proposal: Proposal): Promise<Judged> {
  const authority = await loadAuthority(world.dir, {});
  const gate = allGates.find((each) => each.name === name);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  const { kinds } = await riskAt(authority.repository, proposal);
  return world.within(async (opened) => {
    const open = { ...opened, mask: createMask({}, { names: [] }) };
    const trees = await openGateTrees({ authority, stateDir: world.stateDir, env: {} }, proposal);
    try {
      const { stateDir } = world;
      const { verdict, summary, evidence, findings } = await gate.judge({ authority, proposal, kinds, open, stateDir, env: {}, ...trees, signal: open.stop });
      const told = findings.map(({ level, rule, file }) => `${level} ${rule} ${file ?? ""}`.trim());
      return { verdict, summary, evidence, told, messages: findings.map(({ message }) => message) };
    } finally {
      trees.close();
    }
  });
}

/** Proposes these files (undefined: goes) and asks one gate. */
export async function askAbout(
  world: ProposalWorld,
  name: GateName,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
  wanted: Partial<ProposalWanted> = {},
): Promise<Judged> {
  const contents = Object.entries(files).map(([path, data]) => ({ path, data: typeof data === "string" ? Buffer.from(data) : data }));
  return askGate(world, name, await world.propose({ contents, ...wanted }));
}
