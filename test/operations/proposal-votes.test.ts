import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { isoTime, systemClock } from "../../src/base/clock.ts";
import { sha256 } from "../../src/base/digest.ts";
import { judgedTime } from "../../src/ledger/high-water.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { noteReceipts, useNonces } from "../../src/ledger/proposals.ts";
import { addApprovals, approvalsRef } from "../../src/operations/approval-ref.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposalApprovals, type ProposalApprovals } from "../../src/operations/proposal-approvals.ts";
import { statementToSign, voteProposal, type VoteTaken } from "../../src/operations/vote-proposal.ts";
import type { GateReport } from "../../src/proposal/gate-report.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { readStatement, statementText, type ProposalStatement } from "../../src/proposal/statement.ts";
import { openRepository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { signerLine, signText, sshKey, type TestKey } from "../support/approvals.ts";
import { proposalWorld, type ProposalWorld } from "../support/proposals.ts";

const approvalsOf = async ({ dir, stateDir }: ProposalWorld, proposal: Proposal): Promise<ProposalApprovals> =>
  proposalApprovals(await loadAuthority(dir, {}), stateDir, proposal);
const answer = (
  { dir }: ProposalWorld,
  { id }: Proposal,
  key: TestKey | undefined,
  more: { vote?: "approve" | "reject"; note?: string } = {},
): Promise<VoteTaken> => voteProposal({ cwd: dir, env: {}, proposal: id, vote: "approve", note: "", key: key?.path, ...more });
const asBob = "bob@example.org";
const asAda = "ada@example.org";

interface Put {
  text: string | ProposalStatement;
  key: TestKey | undefined;
  namespace?: string;
  signature?: string;
  name?: string;
}

interface Judged {
  counts: boolean | undefined;
  why: string;
  state: string;
}

/** A world with one gated proposal, and a sound statement about it, to be bent. */
interface Bent {
  world: ProposalWorld;
  proposal: Proposal;
  report: { digest: string; report: GateReport };
  statement: ProposalStatement;
  /** Puts a vote straight into the ref, as somebody with a git of their own would; answers why it does not count. */
  put(text: string | ProposalStatement, key: TestKey | undefined, how?: Omit<Put, "text" | "key">): Promise<Judged>;
  /** Many at once, since each look starts a dozen processes. */
  putAll(puts: readonly Put[]): Promise<Judged[]>;
}

async function bent(world: ProposalWorld, wanted: Parameters<ProposalWorld["propose"]>[0] = {}): Promise<Bent> {
  const proposal = await world.propose(wanted);
  const report = await world.putReport(proposal);
  const repository = openRepository(findWorkspace(world.dir, {}));
  const read = readStatement(await statementToSign({ cwd: world.dir, env: {}, proposal: proposal.id, vote: "approve", note: "" }));
  if ("problem" in read) throw new Error(read.problem);
  const putAll = async (puts: readonly Put[]): Promise<Judged[]> => {
    const added = puts.map(({ text: given, key, namespace, signature, name }) => {
      const text = typeof given === "string" ? given : statementText(given);
      return { digest: name ?? sha256(text), statement: text, signature: signature ?? (key === undefined ? undefined : signText(text, key, namespace)) };
    });
    await addApprovals(repository, proposal.id, { votes: added, reports: [report] });
    const { votes, problems, state } = await approvalsOf(world, proposal);
    world.git("update-ref", "-d", approvalsRef(proposal.id));
    return added.map(({ digest }) => {
      const vote = votes.find((each) => each.digest === digest);
      const problem = problems.filter((each) => each.includes(digest.slice(0, 10))).join("; ");
      return { counts: vote?.counts, why: vote === undefined ? problem : (vote.why ?? ""), state };
    });
  };
  return {
    world,
    proposal,
    report,
    statement: read.statement,
    put: async (text, key, how = {}) => (await putAll([{ text, key, ...how }]))[0] ?? { counts: undefined, why: "nothing", state: "" },
    putAll,
  };
}

describe("one answer", () => {
  let it: Bent;
  let world: ProposalWorld;
  const keys = { ada: sshKey(), stranger: sshKey(), expired: sshKey(), quant: sshKey() };
  beforeAll(async () => {
    world = proposalWorld({
      files: {
        "policies/signers":
          signerLine(asAda, keys.ada) +
          signerLine(asBob, sshKey()) +
          signerLine("late@example.org", keys.expired, 'namespaces="agentctl-approval-v1",valid-before="20250101Z"') +
          signerLine("quant", keys.quant),
      },
    });
    it = await bent(world, { proposer: { kind: "agent", name: "research" } });
  });

  test("counts when it is sound", async () => {
    expect(await it.put(it.statement, keys.ada)).toEqual({ counts: true, why: "", state: "approved" });
  });

  const bends: [string, Partial<ProposalStatement>, string][] = [
    ["another repository's", { repository: "a".repeat(40) }, "another repository"],
    ["another proposal's", { proposal: "p-aaaaaaaaaa" }, "it is about p-aaaaaaaaaa"],
    ["of another head", { head: "b".repeat(40) }, "the head moved after it"],
    ["of another tree", { tree: "b".repeat(40) }, "another tree"],
    ["of another base", { base: "b".repeat(40) }, "another base"],
    ["of another branch", { target: "refs/heads/other" }, "it is about landing on refs/heads/other"],
    ["that knows less of the kinds", { kinds: [] }, "does not know that the change is about files"],
    ["of a lower class", { class: "R" }, "it is about a change of class R"],
    ["under older policies", { policy: { commit: "c".repeat(40), version: 0 } }, "version 0 of the policies"],
    ["under policies that are not in the history", { policy: { commit: "c".repeat(40), version: 1 } }, "not in the history"],
    ["without gates", { gates: null }, "names no results of the gates"],
    ["with gates that are not here", { gates: "d".repeat(64) }, "are not here"],
    ["past its time", { expires: "2026-01-01T00:00:00.000Z" }, "it expired at 2026"],
    ["from the future", { issued: "2999-01-01T00:00:00.000Z" }, "still to come"],
  ];

  test("about anything else than what is here does not count", async () => {
    const found = await it.putAll(bends.map(([, change]) => ({ text: { ...it.statement, ...change }, key: keys.ada })));
    for (const [index, [name, , why]] of bends.entries()) {
      expect(found[index], name).toMatchObject({ counts: false, state: "open" });
      expect(found[index]?.why, name).toContain(why);
    }
  });

  test("by an unknown key, an expired one however it is dated, and an agent's does not count", async () => {
    const [stranger, late, agent] = await it.putAll([
      { text: it.statement, key: keys.stranger },
      { text: { ...it.statement, issued: "2024-06-01T00:00:00.000Z" }, key: keys.expired },
      { text: { ...it.statement, note: "mine" }, key: keys.quant },
    ]);
    expect(stranger?.why).toMatch(/^the key SHA256:\S+ is not in policies\/signers of /);
    expect(late?.why).toBe("the key of late@example.org had expired when the answer was received");
    expect(agent?.why).toBe("quant is an agent: only people's approvals count");
  });

  test("signed for another purpose, over other bytes, or not at all, does not count", async () => {
    const other = signText(statementText({ ...it.statement, decision: "reject" }), keys.ada);
    const [purpose, bytes, none] = await it.putAll([
      { text: it.statement, key: keys.ada, namespace: "git" },
      { text: { ...it.statement, note: "b" }, key: keys.ada, signature: other },
      { text: { ...it.statement, note: "c" }, key: undefined },
    ]);
    expect(purpose?.why).toBe("its signature is none over this statement as an approval");
    expect(bytes?.why).toBe("its signature is none over this statement as an approval");
    expect(none?.why).toBe("it carries no signature, and was not given on this machine");
  });

  test("written otherwise than it is signed is no statement: doubled, added, spaced, renamed fields, another name", async () => {
    const text = statementText(it.statement);
    const bad = [
      [text.replace('"decision":"approve"', '"decision":"reject","decision":"approve"'), "the one way that is signed"],
      [text.replace("{", '{"also":1,'), 'a field "also"'],
      [text.replace('","', '", "'), "the one way that is signed"],
      [`${text}\n`, "the one way that is signed"],
      [text.replace('"decision":"approve"', '"decision":"Approve"'), "its decision is missing or none"],
      ["[]\n", "it is no statement"],
    ] as const;
    const found = await it.putAll([...bad.map(([each]) => ({ text: each, key: keys.ada })), { text: it.statement, key: keys.ada, name: "e".repeat(64) }]);
    for (const [index, [, why]] of bad.entries()) {
      expect(found[index]).toMatchObject({ counts: undefined, state: "open" });
      expect(found[index]?.why).toContain(why);
    }
    expect(found.at(-1)?.why).toContain("holds another statement than its name says");
  });

  test("a rejection is none of an approval, and ends it", async () => {
    expect(await it.put({ ...it.statement, decision: "reject", gates: null }, keys.ada)).toMatchObject({ counts: true, state: "rejected" });
    // Not by somebody who does not sign.
    expect(await it.put({ ...it.statement, decision: "reject", gates: null }, keys.stranger)).toMatchObject({ counts: false, state: "open" });
  });

  test("a nonce that another change used up does not count", async () => {
    const ledger = openLedger(world.stateDir);
    const nonce = "n-used-by-another-one";
    expect(useNonces(ledger, { proposal: "p-zzzzzzzzzz", nonces: [nonce], nowMs: 1 })).toBe(true);
    expect(useNonces(ledger, { proposal: it.proposal.id, nonces: ["n-0000000000000000", nonce], nowMs: 1 })).toBe(false);
    expect(useNonces(ledger, { proposal: it.proposal.id, nonces: ["n-0000000000000000"], nowMs: 1 })).toBe(true);
    ledger.close();
    expect((await it.put({ ...it.statement, nonce }, keys.ada)).why).toBe("it was used already, when p-zzzzzzzzzz landed");
  });

  test("the ref itself may be hostile: a blob, a tag, links, other names", async () => {
    const ref = approvalsRef(it.proposal.id);
    const blob = world.git("hash-object", "-w", "policies/signers");
    world.git("update-ref", ref, blob);
    expect(await approvalsOf(world, it.proposal)).toMatchObject({ state: "open", votes: [], problems: ["the ref of the approvals points to no commit"] });
    await expect(answer(world, it.proposal, keys.ada)).rejects.toMatchObject({ code: "proposal/bad-approvals" });
    const repository = openRepository(findWorkspace(world.dir, {}));
    const digest = sha256(statementText(it.statement));
    const tree = await repository.writeTree([
      { path: `votes/${digest}/statement`, mode: "120000", oid: blob },
      { path: `votes/${digest}/signature`, mode: "100644", oid: blob },
      { path: "--upload-pack=x", mode: "100644", oid: blob },
      { path: `gates/${"f".repeat(64)}.json`, mode: "100644", oid: blob },
    ]);
    world.git("update-ref", ref, await repository.commitTree({ tree, parents: [], message: "x", author: { name: "x", email: "x" } }));
    const found = await approvalsOf(world, it.proposal);
    expect(found.votes).toEqual([]);
    expect(found.problems).toHaveLength(3);
    world.git("update-ref", "-d", ref);
  });
});

describe("people", () => {
  test("a plain change takes one person, without a key too, on this machine only", async () => {
    const world = proposalWorld();
    const proposal = await world.propose();
    await expect(answer(world, proposal, undefined)).rejects.toMatchObject({ code: "proposal/gates", hint: `agentctl proposal gate ${proposal.id}` });
    await world.putReport(proposal, { secrets: "failed" });
    await expect(answer(world, proposal, undefined)).rejects.toMatchObject({ code: "proposal/gates" });
    await world.putReport(proposal);
    expect(await answer(world, proposal, undefined)).toMatchObject({ how: "unsigned", state: "approved" });
    await expect(answer(world, proposal, undefined)).rejects.toMatchObject({ code: "proposal/twice" });
    const elsewhere = await proposalApprovals(await loadAuthority(world.dir, {}), join(world.dir, "no-state"), proposal);
    expect(elsewhere).toMatchObject({ state: "open", votes: [{ counts: false, why: "it carries no signature, and was not given on this machine" }] });
    expect(existsSync(join(world.dir, "no-state"))).toBe(false);
  });

  test("what decides who decides takes two people with two keys, and a no ends it", async () => {
    const world = proposalWorld({ signers: [asAda, asBob, "cy@example.org"] });
    const { keys } = world;
    const both = await bent(world, { contents: [{ path: "policies/extra/README.md", data: Buffer.from("# Extra\n") }], title: "Tidy a note" });
    const { proposal } = both;
    await expect(answer(world, proposal, undefined)).rejects.toMatchObject({ code: "proposal/unsigned" });
    await expect(answer(world, proposal, sshKey())).rejects.toMatchObject({ code: "approval/unknown-signer" });
    expect(await both.put({ ...both.statement, effect: "approve" }, keys[asAda])).toMatchObject({ why: "it was one approval; the change takes two keys" });
    expect(await answer(world, proposal, keys[asAda])).toMatchObject({ state: "open", lacking: "another person with a key" });
    await expect(answer(world, proposal, keys[asAda])).rejects.toMatchObject({ code: "proposal/twice" });
    expect(await answer(world, proposal, keys[asBob])).toMatchObject({ state: "approved" });
    expect(await answer(world, proposal, keys["cy@example.org"], { vote: "reject", note: "not so" })).toMatchObject({ state: "rejected" });
    await expect(answer(world, proposal, keys[asBob])).rejects.toMatchObject({ code: "proposal/closed" });
    world.git("update-ref", "-d", approvalsRef(proposal.id));
  });

  test("nobody approves what they proposed or wrote, whatever the message says", async () => {
    const world = proposalWorld();
    const own = await bent(world, { proposer: { kind: "person", name: asAda } });
    await expect(answer(world, own.proposal, world.keys[asAda])).rejects.toMatchObject({ code: "proposal/own-approval", exit: "denied" });
    expect((await own.put(own.statement, world.keys[asAda])).why).toContain("one's own approval does not count");
    expect(await own.put(own.statement, world.keys[asBob])).toMatchObject({ counts: true });
  });

  test("a signer on the branch, a replaced file and a removed signer change nothing", async () => {
    const world = proposalWorld();
    const mallory = sshKey();
    const found = await bent(world, {
      contents: [{ path: "policies/signers", data: Buffer.from(signerLine("mallory", mallory) + signerLine("eve", sshKey())) }],
    });
    expect((await found.put(found.statement, mallory)).why).toContain("is not in policies/signers");
    const before = world.git("rev-parse", "main:policies/signers");
    world.git("replace", before, world.git("rev-parse", `${found.proposal.head}:policies/signers`));
    expect((await found.put(found.statement, mallory)).why).toContain("is not in policies/signers");
    world.git("replace", "-d", before);
    const removed = await found.put(found.statement, world.keys[asBob]);
    expect(removed.counts).toBe(true);
    world.write({ "policies/signers": signerLine(asAda, world.keys[asAda] ?? mallory) });
    world.commit("bob signs no more");
    expect((await found.put(found.statement, world.keys[asBob])).why).toContain("is not in policies/signers");
  });

  test("a clock that is set back revives no key, and one that expires after its answer was received stays good", async () => {
    const key = sshKey();
    const soon = systemClock.nowMs() + 3_600_000;
    const until = isoTime(soon).replaceAll(/[-:T]/g, "").slice(0, 14);
    const world = proposalWorld({
      files: { "policies/signers": signerLine(asAda, key, `namespaces="agentctl-approval-v1",valid-before="${until}Z"`) + signerLine(asBob, sshKey()) },
    });
    const found = await bent(world);
    const statement = { ...found.statement, expires: isoTime(soon + 864_000_000) };
    const digest = sha256(statementText(statement));
    expect(await found.put(statement, key)).toMatchObject({ counts: true });
    const ledger = openLedger(world.stateDir);
    // The machine has seen a later time than its clock says now.
    judgedTime(ledger, soon + 1000);
    expect((await found.put(statement, key)).why).toContain("had expired when the answer was received");
    ledger.db.prepare("UPDATE high_water SET ms = ?").run(soon - 1000);
    noteReceipts(ledger, [{ digest, proposal: found.proposal.id, nonce: statement.nonce, how: "signed", who: asAda, vote: "approve", nowMs: soon - 1000 }]);
    judgedTime(ledger, soon + 1000);
    ledger.close();
    expect(await found.put(statement, key)).toMatchObject({ counts: true });
  });

  test("all who agree have to agree about the same results of the gates", async () => {
    const world = proposalWorld();
    const found = await bent(world, { contents: [{ path: "policies/extra/README.md", data: Buffer.from("# Extra\n") }] });
    await answer(world, found.proposal, world.keys[asAda]);
    const repository = openRepository(findWorkspace(world.dir, {}));
    const other: GateReport = { ...found.report.report, gates: found.report.report.gates.map((gate) => ({ ...gate, summary: "otherwise" })) };
    const gates = sha256(canonicalJson(other));
    const text = statementText({ ...found.statement, gates, nonce: "n-another-nonce-01" });
    await addApprovals(repository, found.proposal.id, {
      votes: [{ digest: sha256(text), statement: text, signature: signText(text, world.keys[asBob] ?? sshKey()) }],
      reports: [{ digest: gates, report: other }],
    });
    const { state, votes } = await approvalsOf(world, found.proposal);
    expect(state).toBe("open");
    expect(votes.filter(({ counts }) => !counts).map(({ why }) => why)).toEqual([expect.stringContaining("other results of the gates")]);
  });
});

test("many people at once: nobody's answer is lost", async () => {
  const world = proposalWorld();
  const { id } = await world.propose();
  const repository = openRepository(findWorkspace(world.dir, {}));
  const votes = Array.from({ length: 4 }, (_, n) => ({ digest: sha256(String(n)), statement: String(n) }));
  await Promise.all(votes.map((vote) => addApprovals(repository, id, { votes: [vote], reports: [] })));
  expect(world.git("ls-tree", "-r", "--name-only", approvalsRef(id)).split("\n")).toHaveLength(4);
});
