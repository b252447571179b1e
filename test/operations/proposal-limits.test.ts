import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { listProposals } from "../../src/operations/list-proposals.ts";
import { landProposal } from "../../src/operations/land-proposal.ts";
import { proposeContents, type ProposeContentsAsked } from "../../src/operations/propose-contents.ts";
import { refreshProposal } from "../../src/operations/refresh-proposal.ts";
import { proposalWorld } from "../support/proposals.ts";

test("no more are open than the protected branch says, none twice, and what waited too long is made anew before it lands", async () => {
  const limits = (openMax: number, openPerAgentMax: number): string =>
    `profile: small\nproposals: { openMax: ${openMax}, openPerAgentMax: ${openPerAgentMax}, staleMs: 3600000 }\n`;
  const world = proposalWorld({ signers: [], files: { "agentctl.yaml": limits(3, 1) } });
  const propose = (path: string, more: Partial<ProposeContentsAsked> = {}) =>
    proposeContents({
      cwd: world.dir,
      env: {},
      command: "propose",
      title: `Note ${path}`,
      rationale: "It was asked for.",
      proposer: { kind: "person", name: "ada@example.org" },
      triggeredBy: "person ada",
      evidence: [],
      contents: [{ path, data: Buffer.from(`# ${path}\n`) }],
      ...more,
    });
  const quant = { proposer: { kind: "agent", name: "quant" } } as const;
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await listProposals({ cwd: world.dir, env: {}, all: true })).proposals.map(({ proposal, state }) => [proposal, state]));

  const first = (await propose("docs/a.md", { ...quant, signature: "words a" })).proposal?.id ?? "";
  // An edit on disk lets nobody propose more.
  world.write({ "agentctl.yaml": limits(99, 99) });
  await expect(propose("docs/b.md", quant)).rejects.toMatchObject({
    code: "proposal/too-many",
    message: "1 proposals of quant are open, and at most 1 may be (proposals.openPerAgentMax)",
  });
  await expect(propose("docs/a.md")).rejects.toMatchObject({
    code: "proposal/duplicate",
    message: `${first} proposes this already`,
    details: { proposal: first },
  });
  await expect(propose("docs/other.md", { signature: "words a" })).rejects.toMatchObject({ code: "proposal/duplicate", details: { proposal: first } });
  // Another agent has room of its own, until there is none for anybody.
  await propose("docs/b.md", { proposer: { kind: "agent", name: "code" } });
  await propose("docs/c.md");
  await expect(propose("docs/d.md")).rejects.toMatchObject({ code: "proposal/too-many", message: expect.stringContaining("proposals.openMax") as string });
  world.write({ "agentctl.yaml": limits(3, 1) });

  const ledger = openLedger(world.stateDir);
  ledger.db.prepare("UPDATE proposals SET opened_ms = opened_ms - 3600001 WHERE proposal = ?").run(first);
  ledger.close();
  expect((await states())[first]).toBe("stale");
  const before = world.git("rev-parse", `refs/heads/agentctl/${first}`);
  expect(await landProposal({ cwd: world.dir, env: {}, proposal: first })).toMatchObject({
    outcome: "refused",
    exit: "denied",
    hint: `agentctl proposal refresh ${first}`,
  });
  // It still takes up room: who waits long does not make way for more.
  await expect(propose("docs/e.md", quant)).rejects.toMatchObject({ code: "proposal/too-many" });
  const anew = await refreshProposal({ cwd: world.dir, env: {}, proposal: first });
  expect(anew).toMatchObject({ outcome: "ok", replaces: before });
  expect(anew.head).not.toBe(before);
  expect((await states())[first]).toBe("open");
  await expect(propose("docs/other.md", { signature: "words a" })).rejects.toMatchObject({ code: "proposal/duplicate", details: { proposal: first } });
});
