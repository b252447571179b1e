import { beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { isoTime, systemClock } from "../../../src/base/clock.ts";
import { sha256 } from "../../../src/base/digest.ts";
import { openRepository, type Repository } from "../../../src/git/repository.ts";
import type { NewTreeEntry } from "../../../src/git/write.ts";
import { approvalsRef } from "../../../src/operations/approval-ref.ts";
import { landProposal, type LandResult } from "../../../src/operations/land-proposal.ts";
import { voteProposal } from "../../../src/operations/vote-proposal.ts";
import { reportDigest, type GateReport } from "../../../src/proposal/gate-report.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { statementText, type ProposalStatement } from "../../../src/proposal/statement.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { signerLine, signText, sshKey, type TestKey } from "../../support/approvals.ts";
import { cli } from "../../support/cli.ts";
import { ada, agree, agreed, bob, files, land } from "../../support/landings.ts";
import { forger, type Forger } from "../../support/forger.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";

const [adas, bobs] = [sshKey(), sshKey()];
const keys = { [ada]: adas, [bob]: bobs, expired: sshKey(), agent: sshKey(), stranger: sshKey() };
const onlyLate = 'namespaces="agentctl-approval-v1",valid-before="20250101Z"';
let world: ProposalWorld;
let repository: Repository;
let forge: Forger;
let tip: string;
/** A change of a file of docs, what its gates said, and what ada would rightly say of it. */
let asked: Proposal;
let report: { digest: string; report: GateReport };
let sound: ProposalStatement;

beforeAll(async () => {
  world = proposalWorld({
    signers: [],
    files: {
      "docs/a.md": "a\n",
      "policies/signers":
        signerLine(ada, adas) + signerLine(bob, bobs) + signerLine("late@example.org", keys.expired, onlyLate) + signerLine("quant", keys.agent),
    },
  });
  Object.assign(world.keys, keys);
  repository = openRepository(findWorkspace(world.dir, {}));
  forge = forger(world, repository);
  asked = await world.propose({ proposer: { kind: "agent", name: "research" } });
  report = await world.putReport(asked);
  sound = await forge.statementOf(asked);
});
beforeEach(() => {
  tip = world.git("rev-parse", "main");
});

/** Whatever was tried, the branch has not moved and no snapshot was kept. */
const nothingMoved = (): void => {
  expect(world.git("rev-parse", "main")).toBe(tip);
  expect(world.git("for-each-ref", "refs/agentctl/snapshots")).toBe("");
};

describe("one key is not enough, or nobody's is", () => {
  afterEach(nothingMoved);

  test("who signs wrongly does not count, and each is told why", async () => {
    const no: ProposalStatement = { ...sound, decision: "reject", gates: null };
    const elsewhere = await world.propose({ contents: files({ "docs/other.md": "x\n" }) });
    const unlike = (n: number, more: Partial<ProposalStatement> = {}): ProposalStatement => ({ ...sound, note: String(n), ...more });
    const forged: [ProposalStatement, TestKey | string | undefined, string][] = [
      [unlike(1), keys.stranger, "is not in policies/signers"],
      [unlike(2, { issued: "2024-06-01T00:00:00.000Z" }), keys.expired, "the key of late@example.org had expired"],
      [unlike(3), keys.agent, "quant is an agent"],
      // A no with one word changed.
      [{ ...no, decision: "approve", gates: sound.gates }, signText(statementText(no), adas), "its signature is none over this statement"],
      [unlike(4, { repository: "a".repeat(40) }), adas, "another repository"],
      [unlike(5, { proposal: elsewhere.id }), adas, `it is about ${elsewhere.id}`],
      [unlike(6), signText(statementText(unlike(6)), adas, "git"), "its signature is none over this statement as an approval"],
      [unlike(7), undefined, "it carries no signature, and was not given on this machine"],
      [unlike(8, { expires: "2026-01-01T00:00:00.000Z" }), adas, "it expired at 2026-01-01"],
      [unlike(9, { issued: "2999-01-01T00:00:00.000Z" }), adas, "still to come"],
      [unlike(10, { target: "refs/heads/other" }), adas, "it is about landing on refs/heads/other"],
      [unlike(11, { policy: { ...sound.policy, version: 0 } }), adas, "version 0 of the policies"],
    ];
    await forge.put(
      asked,
      forged.map(([statement, by]) => [statement, by]),
      [report],
    );
    const result = await land(world, asked);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    for (const [, , why] of forged) expect(result.why.join("\n")).toContain(why);
    const shown = await cli(world.dir, ["proposal", "land", asked.id], { expectExit: 8 });
    expect(shown.stderr).toMatch(/refused +it needs a person/);
  });

  test("whoever proposed or wrote it, and one person twice", async () => {
    const own = await world.propose({ proposer: { kind: "person", name: ada } });
    const mine = await world.report(own);
    await forge.put(own, [[forge.likewise(sound, own, mine), adas]], [mine]);
    expect(await land(world, own)).toMatchObject({ exit: "waiting", why: ["it needs a person", expect.stringContaining(`${ada} proposed it`)] });

    const first = await world.propose({ contents: files({ "docs/by.md": "x\n" }) });
    const written = await forge.moved(first, { author: { name: "Ada", email: ada } });
    const other = await world.report(written);
    await forge.put(written, [[forge.likewise(sound, written, other), adas]], [other]);
    expect(await land(world, written)).toMatchObject({
      exit: "waiting",
      why: ["it needs a person", expect.stringContaining(`${ada} is the author of its commit`)],
    });

    const two = await agreed(world, { contents: files({ "policies/budgets/README.md": "# Extra\n" }) }, [ada]);
    await forge.put(two, [[await forge.statementOf(two, { nonce: "n-another-nonce-01" }), adas]], []);
    const result = await land(world, two);
    expect(result).toMatchObject({ exit: "waiting", why: expect.arrayContaining(["it needs another person with a key", `${ada}: ${ada} counts once`]) });
  }, 300_000);

  test("a harmless title hides nothing: each of these takes two keys, or lands never", async () => {
    const mallory = sshKey();
    const signers = world.git("show", "main:policies/signers");
    const raised = await agreed(world, { title: "fix typo", contents: files({ "policies/signers": `${signers}\n${signerLine("mallory", mallory)}` }) }, [ada]);
    // The signer of the branch itself has no say in it.
    await forge.put(raised, [[await forge.statementOf(raised, { nonce: "n-another-nonce-02" }), mallory]], []);
    const result = await land(world, raised);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(result.why[0]).toBe("it needs another person with a key");
    expect(result.why.join()).toContain("is not in policies/signers");

    const config = world.git("show", "main:agentctl.yaml");
    const hidden = await world.propose({ title: "fix typo", contents: files({ "docs/a.md": "A\n" }) });
    const plain = await repository.writeBlob("x\n");
    const before = await repository.listTree(tip);
    type Entry = readonly [path: string, mode: "100644" | "100755" | "120000" | "160000", oid: string];
    const landWith = async (...entries: Entry[]): Promise<LandResult> => {
      const others = before.filter(({ path }) => !entries.some((entry) => entry[0] === path));
      const tree = await repository.writeTree([...others, ...entries.map(([path, mode, oid]) => ({ path, mode, oid }))] as NewTreeEntry[]);
      return land(world, await forge.moved(hidden, { tree }));
    };
    expect(await landWith(["docs/b.md", "100644", plain])).toMatchObject({ exit: "waiting", why: ["it needs a person", expect.anything()] });
    const touches: Entry[] = [
      ["agentctl.yaml", "100644", await repository.writeBlob(`${config}\n# more\n`)],
      [".github/workflows/x.yml", "100644", plain],
      ["docs/.gitattributes", "100644", plain],
      ["docs/run.sh", "100755", plain],
      // A letter of another alphabet, and letters of another case.
      ["Pol\u0456cies/Signers", "100644", plain],
    ];
    for (const touch of touches) {
      const result = await landWith(touch);
      expect(result, touch[0]).toMatchObject({ outcome: "refused", exit: "waiting", why: ["it needs two people with their keys", expect.anything()] });
    }
    const never = await landWith(["docs/link", "120000", plain], ["docs/module", "160000", tip], [".gitmodules", "100644", plain]);
    expect(never).toMatchObject({ outcome: "refused", exit: "denied" });
    for (const why of ["docs/link  deny: a link", "docs/module  deny: a submodule", ".gitmodules  deny: submodules are never landed"])
      expect(never.why.join("\n")).toContain(why);
  }, 300_000);

  test("an approval is for one head, one proposal, one report of its own gates", async () => {
    const first = await world.propose({ contents: files({ "docs/a.md": "first\n" }) });
    const second = await world.propose({ contents: files({ "docs/a.md": "second\n" }) });
    const reported = await world.report(first);
    await forge.put(first, [[forge.likewise(sound, first, reported), adas]], [reported]);
    expect(await land(world, first, true)).toMatchObject({ outcome: "would-land" });
    world.git("update-ref", approvalsRef(second.id), approvalsRef(first.id));
    expect((await land(world, second)).why.join()).toContain(`it is about ${first.id}`);

    // A sound signature about this very change, and the gates of the other one.
    const third = await world.propose({ contents: files({ "docs/a.md": "third\n" }) });
    const own = await world.report(third);
    const said = forge.likewise(sound, third, own);
    const short = { ...own.report, gates: own.report.gates.filter(({ gate }) => gate !== "secrets") };
    const reports = [reported.report, short].map((each) => ({ digest: reportDigest(each), report: each }));
    await forge.put(
      third,
      reports.map(({ digest }, n) => [{ ...said, gates: digest, nonce: `n-another-nonce-1${n}` }, n === 0 ? adas : bobs]),
      reports,
    );
    const refused = (await land(world, third)).why.join("\n");
    expect(refused).toContain(`its gates are those of ${first.id}`);
    expect(refused).toContain("gates are missing");

    const other = await forge.moved(first, { tree: second.tree });
    const result = await land(world, other);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(result.why.join()).toContain("the head moved after it");
  });

  test("a branch that is named as an option is none: to land, or to land on", async () => {
    world.git("update-ref", "refs/heads/agentctl/--upload-pack=x", asked.head);
    await expect(land(world, { id: "--upload-pack=x" })).rejects.toMatchObject({ code: "proposal/bad-id", exit: "usage" });
    const onto = { cwd: world.dir, env: { AGENTCTL_AUTHORITY_BRANCH: "--upload-pack=x" }, proposal: asked.id };
    await expect(landProposal(onto)).rejects.toMatchObject({ exit: "usage" });
    world.git("update-ref", "-d", "refs/heads/agentctl/--upload-pack=x");
  });

  test("what is kept as approvals may be anything, and is nothing", async () => {
    const proposal = await world.propose({ contents: files({ "docs/ref.md": "x\n" }) });
    const ref = approvalsRef(proposal.id);
    const blob = await repository.writeBlob("x\n");
    const large = await repository.writeTree(
      Array.from({ length: 700 }, (_, n) => ({ path: `votes/${sha256(String(n))}/statement`, mode: "100644" as const, oid: blob })),
    );
    world.git("tag", "-a", "-m", "x", "answers", "main");
    for (const at of [blob, world.git("rev-parse", "answers"), world.git("commit-tree", "-m", "x", large)]) {
      world.git("update-ref", ref, at);
      expect(await land(world, proposal)).toMatchObject({ outcome: "refused", exit: "waiting", why: expect.arrayContaining(["it needs a person"]) });
    }
  });
});

test("an answer lands one change; a key that is removed or revoked since says nothing, however it is dated; one key under two names lets nobody in", async () => {
  const used = await world.propose({ contents: files({ "docs/used.md": "x\n" }) });
  const first = await world.report(used);
  const answer = forge.likewise(sound, used, first);
  await forge.put(used, [[answer, adas]], [first]);
  expect(await land(world, used)).toMatchObject({ outcome: "landed", approvedBy: [{ who: ada }] });
  const replayed = await world.propose({ contents: files({ "docs/replayed.md": "x\n" }) });
  const second = await world.report(replayed);
  await forge.put(replayed, [[{ ...forge.likewise(sound, replayed, second), nonce: answer.nonce }, adas]], [second]);
  tip = world.git("rev-parse", "main");
  expect(await land(world, replayed)).toMatchObject({
    exit: "waiting",
    why: ["it needs a person", `${ada}: it was used already, when ${used.id} landed`],
  });
  expect(world.git("rev-parse", "main")).toBe(tip);

  const signers = world.git("show", "main:policies/signers");
  const hour = 3_600_000;
  const then = systemClock.nowMs() - 2 * hour;
  const until = isoTime(then + hour)
    .replaceAll(/[-:T]/g, "")
    .slice(0, 14);
  const own = 'namespaces="agentctl-approval-v1"';
  world.write({ "policies/signers": signerLine(ada, adas, `${own},valid-before="${until}Z"`) + signerLine("quant", keys.agent) });
  tip = world.commit("ada's key is revoked, bob's is gone");
  const late = await forge.moved(await world.propose({ contents: files({ "docs/late.md": "x\n" }) }), { atMs: then });
  const third = await world.report(late);
  const dated = { ...forge.likewise(sound, late, third), issued: isoTime(then) };
  await forge.put(
    late,
    [
      [dated, adas],
      [{ ...dated, nonce: "n-another-nonce-03" }, bobs],
    ],
    [third],
  );
  const result = await land(world, late);
  expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
  expect(result.why.join("\n")).toContain(`the key of ${ada} had expired when the answer was received`);
  expect(result.why.join("\n")).toContain(`is not in policies/signers of ${tip.slice(0, 10)}`);

  for (const doubled of [signerLine("eve@example.org", adas), signerLine(ada, sshKey()), signerLine("*@example.org", sshKey())]) {
    world.write({ "policies/signers": `${signers}\n${doubled}` });
    tip = world.commit("doubled");
    await expect(land(world, late)).rejects.toMatchObject({ code: "approval/bad-signers", exit: "unauthenticated" });
    expect(world.git("rev-parse", "main")).toBe(tip);
  }
  world.write({ "policies/signers": `${signers}\n` });
  world.commit("as before");
}, 300_000);

test("a base with other files is another base, one with the same files is not; policies that were put back land nothing", async () => {
  const first = await agreed(world, { contents: files({ "policies/budgets/README.md": "# Other\n" }) }, [ada, bob]);
  world.write({ "docs/a.md": "moved\n" });
  const later = world.commit("by hand");
  expect(await land(world, first)).toMatchObject({
    outcome: "refused",
    exit: "denied",
    why: [expect.stringContaining("the base moved")],
    hint: `agentctl proposal refresh ${first.id}`,
  });
  expect(world.git("rev-parse", "main")).toBe(later);

  const second = await agreed(world, { contents: files({ "policies/budgets/README.md": "# Other\n" }) }, [ada, bob]);
  world.git("commit", "-q", "--allow-empty", "-m", "nothing");
  const version = Number(world.git("rev-list", "--first-parent", "--count", "main", "--", "policies"));
  expect(await land(world, second)).toMatchObject({ outcome: "landed", policyVersion: version + 1 });

  world.git("update-ref", "refs/heads/main", later);
  const third = await world.propose({ contents: files({ "docs/a.md": "after\n" }) });
  await world.putReport(third);
  await expect(land(world, third)).rejects.toMatchObject({ code: "proposal/older-policy", exit: "denied" });
  await expect(agree(world, third)).rejects.toMatchObject({ code: "proposal/older-policy" });
  await expect(voteProposal({ cwd: world.dir, env: {}, proposal: second.id, vote: "approve", note: "" })).rejects.toMatchObject({ exit: "denied" });
  expect(world.git("rev-parse", "main")).toBe(later);
}, 300_000);
