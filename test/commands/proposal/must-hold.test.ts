import { beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/base/digest.ts";
import { openRepository, type Repository } from "../../../src/git/repository.ts";
import { addApprovals, approvalsRef } from "../../../src/operations/approval-ref.ts";
import { loadAuthority } from "../../../src/operations/load-authority.ts";
import { proposalNeeds } from "../../../src/operations/proposal-needs.ts";
import { findProposal } from "../../../src/operations/find-proposal.ts";
import { statementToSign, voteProposal } from "../../../src/operations/vote-proposal.ts";
import { reportDigest, type GateReport } from "../../../src/proposal/gate-report.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { readStatement, statementText, type ProposalStatement } from "../../../src/proposal/statement.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { signerLine, signText, sshKey, type TestKey } from "../../support/approvals.ts";
import { ada, agree, agreed, bob, files, land } from "../../support/landings.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";

const [adas, bobs] = [sshKey(), sshKey()];
const keys = { [ada]: adas, [bob]: bobs, expired: sshKey(), agent: sshKey(), stranger: sshKey() };
const onlyLate = 'namespaces="agentctl-approval-v1",valid-before="20250101Z"';
let world: ProposalWorld;
let repository: Repository;
let tip: string;

beforeAll(() => {
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
});
beforeEach(() => {
  tip = world.git("rev-parse", "main");
});

/** Whatever was tried, the branch has not moved and no snapshot was kept. */
const nothingMoved = (): void => {
  expect(world.git("rev-parse", "main")).toBe(tip);
  expect(world.git("for-each-ref", "refs/agentctl/snapshots")).toBe("");
};

async function statementOf({ id }: Proposal, more: Partial<ProposalStatement> = {}): Promise<ProposalStatement> {
  const read = readStatement(await statementToSign({ cwd: world.dir, env: {}, proposal: id, vote: "approve", note: "" }));
  if ("problem" in read) throw new Error(read.problem);
  return { ...read.statement, ...more };
}

/** Puts answers where they are kept, as somebody with a git of their own would. */
function put({ id }: Proposal, answers: readonly [ProposalStatement, TestKey | string][], reports: { digest: string; report: GateReport }[]): Promise<string> {
  const votes = answers.map(([statement, by]) => {
    const text = statementText(statement);
    return { digest: sha256(text), statement: text, signature: typeof by === "string" ? by : signText(text, by) };
  });
  return addApprovals(repository, id, { votes, reports });
}

/** Moves a proposal's branch to another commit of the same words. */
async function moved(proposal: Proposal, more: { tree?: string; author?: { name: string; email: string } }): Promise<Proposal> {
  const message = `${world.git("show", "-s", "--format=%B", proposal.head)}\n`;
  const { tree = proposal.tree, author = proposal.author } = more;
  const { name, email } = author;
  world.git("update-ref", proposal.ref, await repository.commitTree({ tree, parents: [proposal.base], message, author: { name, email } }));
  return findProposal(repository, proposal.id);
}

async function withEntries(entries: { path: string; mode: "100644" | "120000" | "160000"; oid: string }[]): Promise<string> {
  const before = await repository.listTree(tip);
  return repository.writeTree([...before, ...entries].map(({ path, mode, oid }) => ({ path, mode, oid })) as Parameters<Repository["writeTree"]>[0]);
}

describe("one key is not enough, or nobody's is", () => {
  afterEach(nothingMoved);

  test("who signs wrongly does not count, and each is told why", async () => {
    const proposal = await world.propose({ proposer: { kind: "agent", name: "research" } });
    const report = await world.putReport(proposal);
    const sound = await statementOf(proposal);
    const no = await statementOf(proposal, { decision: "reject", gates: null });
    const elsewhere = await world.propose({ contents: files({ "docs/other.md": "x\n" }) });
    await put(
      proposal,
      [
        [{ ...sound, note: "1" }, keys.stranger],
        [{ ...sound, note: "2", issued: "2024-06-01T00:00:00.000Z" }, keys.expired],
        [{ ...sound, note: "3" }, keys.agent],
        // A no with one word changed.
        [{ ...no, decision: "approve", gates: sound.gates }, signText(statementText(no), adas)],
        [{ ...sound, note: "4", repository: "a".repeat(40) }, adas],
        [{ ...sound, note: "5", proposal: elsewhere.id }, adas],
      ],
      [report],
    );
    const result = await land(world, proposal);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    const said = result.why.join("\n");
    for (const why of [
      "is not in policies/signers",
      "the key of late@example.org had expired",
      "quant is an agent",
      "its signature is none over this statement",
      "another repository",
      `it is about ${elsewhere.id}`,
    ])
      expect(said).toContain(why);
  });

  test("whoever proposed or wrote it, and one person twice", async () => {
    const own = await world.propose({ proposer: { kind: "person", name: ada } });
    const report = await world.putReport(own);
    await put(own, [[await statementOf(own), adas]], [report]);
    expect((await land(world, own)).why.join()).toContain(`${ada} proposed it`);

    const first = await world.propose({ contents: files({ "docs/by.md": "x\n" }) });
    const written = await moved(first, { author: { name: "Ada", email: ada } });
    const other = await world.putReport(written);
    await put(written, [[await statementOf(written), adas]], [other]);
    expect((await land(world, written)).why.join()).toContain(`${ada} is the author of its commit`);

    const two = await agreed(world, { contents: files({ "policies/budgets/README.md": "# Extra\n" }) }, [ada]);
    const again = await world.putReport(two);
    await put(two, [[await statementOf(two, { nonce: "n-another-nonce-01" }), adas]], [again]);
    const result = await land(world, two);
    expect(result).toMatchObject({ exit: "waiting", why: expect.arrayContaining(["it needs another person with a key", `${ada}: ${ada} counts once`]) });
  }, 300_000);

  test("a harmless title hides nothing: each of these takes two keys, or lands never", async () => {
    const mallory = sshKey();
    const signers = world.git("show", "main:policies/signers");
    const raised = await agreed(world, { title: "fix typo", contents: files({ "policies/signers": `${signers}\n${signerLine("mallory", mallory)}` }) }, [ada]);
    const report = await world.putReport(raised);
    // The signer of the branch itself has no say in it.
    await put(raised, [[await statementOf(raised, { nonce: "n-another-nonce-02" }), mallory]], [report]);
    const result = await land(world, raised);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(result.why[0]).toBe("it needs another person with a key");
    expect(result.why.join()).toContain("is not in policies/signers");

    const authority = await loadAuthority(world.dir, {});
    const config = world.git("show", "main:agentctl.yaml");
    const hidden = await world.propose({ title: "fix typo", contents: files({ "docs/a.md": "A\n" }) });
    const plain = await repository.writeBlob("x\n");
    const touches: [string, "100644" | "100755" | "120000" | "160000", string, string | undefined][] = [
      ["agentctl.yaml", "100644", await repository.writeBlob(`${config}\n# more\n`), "two-key"],
      [".github/workflows/x.yml", "100644", plain, "two-key"],
      [".gitattributes", "100644", plain, "two-key"],
      ["docs/run.sh", "100755", plain, "two-key"],
      ["docs/link", "120000", plain, undefined],
      ["docs/module", "160000", tip, undefined],
      [".gitmodules", "100644", plain, undefined],
    ];
    for (const [path, mode, oid, effect] of touches) {
      const changes = [...hidden.changes, { path, before: undefined, after: { mode, oid } }];
      expect((await proposalNeeds(authority, { ...hidden, changes })).needed?.effect, path).toBe(effect);
    }
    const linked = await moved(hidden, { tree: await withEntries([{ path: "docs/link", mode: "120000", oid: plain }]) });
    expect(await land(world, linked)).toMatchObject({ exit: "denied", why: [expect.stringContaining("docs/link  deny: a link")] });
  });

  test("an approval is for one head, one proposal, one report of its own gates", async () => {
    const first = await agreed(world, { contents: files({ "docs/a.md": "first\n" }) });
    const second = await world.propose({ contents: files({ "docs/a.md": "second\n" }) });
    const { report } = await world.putReport(first);
    await world.putReport(second);
    world.git("update-ref", approvalsRef(second.id), approvalsRef(first.id));
    expect((await land(world, second)).why.join()).toContain(`it is about ${first.id}`);

    // A sound signature about this very change, and the gates of the other one.
    const third = await world.propose({ contents: files({ "docs/a.md": "third\n" }) });
    const own = await world.putReport(third);
    const said = await statementOf(third);
    const short = { ...own.report, gates: own.report.gates.filter(({ gate }) => gate !== "secrets") };
    const reports = [report, short].map((each) => ({ digest: reportDigest(each), report: each }));
    await put(
      third,
      reports.map(({ digest }, n) => [{ ...said, gates: digest, nonce: `n-another-nonce-1${n}` }, n === 0 ? adas : bobs]),
      reports,
    );
    const refused = (await land(world, third)).why.join("\n");
    expect(refused).toContain(`its gates are those of ${first.id}`);
    expect(refused).toContain("gates are missing");

    const other = await moved(first, { tree: second.tree });
    const result = await land(world, other);
    expect(result).toMatchObject({ outcome: "refused", exit: "waiting" });
    expect(result.why.join()).toContain("the head moved after it");
  });

  test("what is kept as approvals may be anything, and is nothing", async () => {
    const proposal = await world.propose({ contents: files({ "docs/ref.md": "x\n" }) });
    await world.putReport(proposal);
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
  expect(await land(world, second)).toMatchObject({ outcome: "landed", policyVersion: 2 });

  world.git("update-ref", "refs/heads/main", later);
  const third = await world.propose({ contents: files({ "docs/a.md": "after\n" }) });
  await world.putReport(third);
  await expect(land(world, third)).rejects.toMatchObject({ code: "proposal/older-policy", exit: "denied" });
  await expect(agree(world, third)).rejects.toMatchObject({ code: "proposal/older-policy" });
  await expect(voteProposal({ cwd: world.dir, env: {}, proposal: second.id, vote: "approve", note: "" })).rejects.toMatchObject({ exit: "denied" });
  expect(world.git("rev-parse", "main")).toBe(later);
}, 300_000);
