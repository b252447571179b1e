import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { breachesOf } from "../../src/ledger/autonomy.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { requireAgent } from "../../src/operations/agent-shelf.ts";
import { levelNow } from "../../src/operations/autonomy-level.ts";
import { checkAction } from "../../src/operations/check-action.ts";
import { findProposal } from "../../src/operations/find-proposal.ts";
import { landProposal, type LandResult } from "../../src/operations/land-proposal.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { promoteAgent } from "../../src/operations/promote-agent.ts";
import { rollbackProposal } from "../../src/operations/rollback-proposal.ts";
import { showAgent } from "../../src/operations/show-agent.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import { openRepository } from "../../src/git/repository.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import type { RiskClass } from "../../src/policy/request.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { proposalWorld, type ProposalWorld } from "../support/proposals.ts";
import { recordsOf } from "../support/skills.ts";

/** An agent's autonomy from the wish to the branch and back: what policy sees of it is what landed, less what was taken back. */
const [ada, bob] = ["ada@example.org", "bob@example.org"] as const;
const agentFile = "agents/quant/agent.yaml";

const vote = (world: ProposalWorld, proposal: string, who: string) =>
  voteProposal({ cwd: world.dir, env: {}, proposal, vote: "approve", note: "", key: world.keys[who]?.path });
const land = (world: ProposalWorld, proposal: string): Promise<LandResult> => landProposal({ cwd: world.dir, env: {}, proposal });
const found = ({ dir }: ProposalWorld, id: string): Promise<Proposal> => findProposal(openRepository(findWorkspace(dir, {})), id);
const textOf = ({ dir }: ProposalWorld): string => readFileSync(join(dir, agentFile), "utf8");

/** The level that the next decision is made with, read by a process that knows nothing yet. */
async function level({ dir, stateDir }: ProposalWorld, of: RiskClass): Promise<number> {
  const agent = await requireAgent(await loadAuthority(dir, {}), "quant");
  const ledger = openLedger(stateDir);
  try {
    return levelNow(ledger, agent, of);
  } finally {
    ledger.close();
  }
}

/** As `agent show` and `policy check` say it. */
async function said({ dir }: ProposalWorld, action: string): Promise<number | undefined> {
  const { decision } = await checkAction({ cwd: dir, env: {}, flags: { action, agent: "quant" } });
  return decision.request.actor.level;
}

describe("an agent's level", () => {
  let world: ProposalWorld;
  beforeAll(() => {
    world = proposalWorld({ rooms: ["skills"] });
  });

  test("rises when two people signed for it, and by nothing less", async () => {
    expect([await level(world, "W"), await said(world, "file.write")]).toEqual([2, 2]);
    const promoted = await promoteAgent({ cwd: world.dir, env: {}, name: "quant", anyway: true });
    expect(promoted).toMatchObject({ from: 2, to: 3, earned: false });
    const id = promoted.proposal?.id ?? "";
    await world.putReport(await found(world, id));
    expect((await vote(world, id, ada)).lacking).toBeDefined();
    expect(await land(world, id)).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(await level(world, "W")).toBe(2);
    await vote(world, id, bob);
    expect(await land(world, id)).toMatchObject({ outcome: "landed", action: "land" });
    expect([await level(world, "W"), await said(world, "file.write")]).toEqual([3, 3]);
  });

  test("does not follow the working tree", async () => {
    const before = textOf(world);
    world.write({ [agentFile]: before.replace("level: 3", "level: 4") });
    expect(textOf(world)).toContain("level: 4");
    expect([await level(world, "W"), await level(world, "T"), await said(world, "file.write")]).toEqual([3, 3, 3]);
    expect((await showAgent({ cwd: world.dir, env: {}, name: "quant" })).agent?.level).toBe(3);
    world.write({ [agentFile]: before });
  });

  test("cannot be raised by the agent with one person's key, nor hidden among harmless files", async () => {
    const raised = Buffer.from(textOf(world).replace("level: 3", "level: 4"));
    const proposal = await world.propose({
      title: "Fix a typo",
      contents: [
        { path: "docs/typo.md", data: Buffer.from("# Fixed\n") },
        { path: agentFile, data: raised },
      ],
    });
    await world.putReport(proposal);
    await vote(world, proposal.id, ada);
    expect(await land(world, proposal.id)).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(await level(world, "W")).toBe(3);
  });

  test("falls for writing when a change of its own that had landed is taken back, on record, once, before the next decision", async () => {
    const proposal = await world.propose({
      title: "Better words",
      contents: [{ path: "skills/hello-bash/references/more.md", data: Buffer.from("# More\n") }],
    });
    await world.putReport(proposal);
    await vote(world, proposal.id, ada);
    expect((await land(world, proposal.id)).why).toEqual([]);
    expect(await level(world, "W")).toBe(3);

    const back = await rollbackProposal({ cwd: world.dir, env: {}, proposal: proposal.id, reason: "It was worse." });
    await vote(world, back.proposal, ada);
    expect(await level(world, "W")).toBe(3);
    expect(await land(world, back.proposal)).toMatchObject({ outcome: "landed", action: "rollback", why: [] });

    const lowered = recordsOf(world.dir).flatMap((records) => records.filter(({ kind }) => kind === "autonomy.lowered"));
    expect(lowered.map(({ data }) => data)).toMatchObject([{ agent: "quant", class: "W", from: 3, to: 2 }]);
    expect(lowered[0]?.data["breach"]).toContain(proposal.id);
    expect([await level(world, "W"), await level(world, "R"), await said(world, "file.write")]).toEqual([2, 3, 2]);
    expect((await showAgent({ cwd: world.dir, env: {}, name: "quant" })).levels).toMatchObject({ W: 2, R: 3, T: 3 });
    const ledger = openLedger(world.stateDir);
    expect(breachesOf(ledger, "quant", "")).toMatchObject([{ class: "W", declared: 3, weight: 3, run: lowered[0]?.run }]);
    ledger.close();
  });
});
