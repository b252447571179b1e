import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { setHalt } from "../../../src/ledger/halt.ts";
import { rollbackProposal } from "../../../src/operations/rollback-proposal.ts";
import { verifyAudit } from "../../../src/operations/verify-audit.ts";
import { verifyProposal } from "../../../src/operations/verify-proposal.ts";
import { cli } from "../../support/cli.ts";
import { ada, agree, agreed, bob, files, land, status } from "../../support/landings.ts";
import { proposalWorld } from "../../support/proposals.ts";

test("a landing is taken back by a new commit: even while halted, under the approval of its class, never over a later change", async () => {
  const world = proposalWorld({ files: { "docs/a.md": "one\n" } });
  const { dir, git, keys, stateDir } = world;
  const back = (proposal: string) => rollbackProposal({ cwd: dir, env: {}, proposal, reason: "it was wrong" });
  const policy = await agreed(world, { contents: files({ "policies/budgets/README.md": "# Extra\n" }) }, [ada, bob]);
  await expect(back(policy.id)).rejects.toMatchObject({ code: "proposal/not-landed" });
  expect(await land(world, policy)).toMatchObject({ outcome: "landed", policyVersion: 2 });
  const two = await agreed(world, { contents: files({ "docs/a.md": "two\n" }) });
  await land(world, two);
  const three = await agreed(world, { contents: files({ "docs/a.md": "three\n", "docs/new.md": "new\n" }) });
  await land(world, three);
  const waiting = await agreed(world, { contents: files({ "docs/other.md": "x\n" }) });

  // What changed it since is named, and nothing was made.
  await expect(back(two.id)).rejects.toMatchObject({ code: "proposal/changed-since", details: { conflicts: ["docs/a.md"] } });

  setHalt(stateDir, { by: "ada", reason: "odd", atMs: systemClock.nowMs() });
  const before = git("rev-parse", "main");
  await expect(land(world, waiting)).rejects.toMatchObject({ code: "ledger/halted", exit: "halted" });
  expect(git("rev-parse", "main")).toBe(before);
  const shown = await cli(dir, ["proposal", "rollback", three.id, "--key", keys[ada]?.path ?? "", "--yes", "--json"], { env: { HOME: dir } });
  const { made, landed } = shown.json() as { made: { proposal: string; files: string[] }; landed: object };
  expect(made.files).toEqual(["docs/a.md", "docs/new.md"]);
  expect(landed).toMatchObject({ outcome: "landed", action: "rollback", along: { brought: 2, leftAlone: [] } });
  expect(readFileSync(join(dir, "docs/a.md"), "utf8")).toBe("two\n");
  expect(status(world)).toEqual([]);
  // Both merges are in the history, one after the other.
  const merges = git("log", "--merges", "--first-parent", "--format=%s", "main").split("\n");
  expect(merges.slice(0, 2)).toEqual([`Land ${made.proposal}: Roll back ${three.id}`, expect.stringContaining(`Land ${three.id}:`)]);
  expect(await verifyProposal({ cwd: dir, env: {}, proposal: made.proposal })).toMatchObject({ verdict: "holds" });

  // What was approved once lands once, though its approvals are still there.
  expect(await land(world, three)).toMatchObject({ outcome: "refused", exit: "denied", why: [expect.stringContaining("was rolled back")] });

  // To take the rollback back brings the change in again: no rollback, so neither without gates nor by whoever wants it.
  const again = await back(made.proposal);
  expect(await land(world, { id: again.proposal })).toMatchObject({ exit: "waiting", why: [expect.anything(), "its gates were not asked"] });
  await expect(agree(world, { id: again.proposal })).rejects.toMatchObject({ code: "proposal/gates" });

  // What decides takes two people to be taken back, too; what comes back is a newer version, not the old one.
  const reverse = await back(policy.id);
  expect(await back(policy.id)).toMatchObject({ proposal: reverse.proposal, already: true });
  expect(await land(world, { id: reverse.proposal })).toMatchObject({ exit: "waiting", why: ["it needs two people with their keys"] });
  await agree(world, { id: reverse.proposal }, ada);
  expect(await land(world, { id: reverse.proposal })).toMatchObject({ exit: "waiting", why: ["it needs another person with a key"] });
  await agree(world, { id: reverse.proposal }, bob);
  expect(await land(world, { id: reverse.proposal })).toMatchObject({ outcome: "landed", action: "rollback", policyVersion: 3 });
  expect(status(world)).toEqual([]);
  expect(await verifyAudit({ cwd: dir, env: {} })).toMatchObject({ faults: [] });
}, 300_000);

test("what only calls itself a rollback is none: the one who proposes it does not approve it, and a halt holds", async () => {
  const world = proposalWorld({ files: { "docs/a.md": "one\n" } });
  const first = await agreed(world, { contents: files({ "docs/a.md": "two\n" }) });
  await land(world, first);
  const merge = world.git("rev-parse", "main");
  const posing = await world.propose({
    proposer: { kind: "person", name: ada },
    evidence: [`rollback of ${first.id}`, `merge ${merge}`],
    contents: files({ "docs/a.md": "one, and more\n" }),
  });
  await world.putReport(posing);
  await expect(agree(world, posing, ada)).rejects.toMatchObject({ code: "proposal/own-approval" });
  await agree(world, posing, bob);
  setHalt(world.stateDir, { by: "ada", reason: "odd", atMs: systemClock.nowMs() });
  await expect(land(world, posing)).rejects.toMatchObject({ code: "ledger/halted" });
  expect(world.git("rev-parse", "main")).toBe(merge);
}, 300_000);
