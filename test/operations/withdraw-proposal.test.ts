import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { listProposals } from "../../src/operations/list-proposals.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposerHere } from "../../src/operations/proposer-here.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import { withdrawProposal } from "../../src/operations/withdraw-proposal.ts";
import { ada, files } from "../support/landings.ts";
import { proposalWorld } from "../support/proposals.ts";
import { recordsOf } from "../support/skills.ts";

const ownOnly = `name: own
description: What others proposed stays.
rules:
  - id: only-own
    match: { action: proposal.open }
    when: has(request.args) && has(args.withdraw) && !args.own
    effect: deny
    reason: it is not yours
    examples:
      match: [{ action: proposal.open, args: { withdraw: true, own: false } }]
      differ: [{ action: proposal.open, args: { withdraw: true, own: true } }, { action: proposal.open }]
`;
const cases = "- name: of another\n  request: { action: proposal.open, args: { withdraw: true, own: false } }\n  effect: deny\n  rule: only-own\n";

test("the record says who took back whose; a rule can leave others' alone; what this machine had not noted ends all the same", async () => {
  const world = proposalWorld();
  const gone = ({ id }: { id: string }) => withdrawProposal({ cwd: world.dir, env: {}, proposal: id, reason: "no" });
  const states = async () =>
    Object.fromEntries((await listProposals({ cwd: world.dir, env: {}, all: true })).proposals.map(({ proposal, state }) => [proposal, state]));
  const authority = await loadAuthority(world.dir, {});
  const quants = await world.propose();
  const second = await world.propose({ contents: files({ "docs/b.md": "b\n" }) });
  const third = await world.propose({ contents: files({ "docs/c.md": "c\n" }) });
  const own = await world.propose({ contents: files({ "docs/d.md": "d\n" }), proposer: await proposerHere(authority) });
  // As when whoever opened it was killed between the branch and the note, or when it came from elsewhere.
  const ledger = openLedger(world.stateDir);
  ledger.db.exec("DELETE FROM proposals");
  ledger.close();

  expect(await gone(quants)).toMatchObject({ outcome: "ok", own: false, proposer: { kind: "agent", name: "quant" } });
  await world.putReport(third);
  await voteProposal({ cwd: world.dir, env: {}, proposal: third.id, vote: "reject", note: "no", key: world.keys[ada]?.path });
  world.write({ "policies/own/policy.yaml": ownOnly, "policies/own/cases.yaml": cases, "policies/own/README.md": "# own\n" });
  world.commit();
  expect(await gone(second)).toMatchObject({ outcome: "denied", kept: undefined, decision: { reason: "it is not yours" } });
  expect(await gone(own)).toMatchObject({ outcome: "ok", own: true });
  expect(await states()).toEqual({ [quants.id]: "withdrawn", [second.id]: "open", [third.id]: "rejected", [own.id]: "withdrawn" });
  const closed = recordsOf(world.dir)
    .flat()
    .filter(({ kind, data }) => kind === "proposal.closed" && data["state"] === "withdrawn");
  expect(Object.fromEntries(closed.map(({ data }) => [data["proposal"], [data["proposer"], data["own"]]]))).toEqual({
    [quants.id]: ["agent quant", false],
    [own.id]: [`person ${own.proposer.name}`, true],
  });
});
