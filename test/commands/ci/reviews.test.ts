import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gateReportFor } from "../../../src/operations/gate-reports.ts";
import { ciVerify, type CiVerified, type CiVerifyAsked } from "../../../src/operations/ci-verify.ts";
import { landProposal } from "../../../src/operations/land-proposal.ts";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { ask } from "../../../src/trace/ask.ts";
import { signerLine, sshKey } from "../../support/approvals.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { gitHubServer, type FakePull, type FakeReview, type GitHubAnswer, type GitHubServer } from "../../support/github-server.ts";
import { files } from "../../support/landings.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { folder, workspace, type TestWorkspace } from "../../support/workspace.ts";

const forge = {
  "policies/forge/policy.yaml": `name: forge\ndescription: The code host of this test.\nrules:\n  - id: reach\n    match: { actor: person, action: net.connect, host: 127.0.0.1 }\n    effect: allow\n    reason: it is here\n`,
  "policies/forge/cases.yaml": `- name: reach\n  request: { action: net.connect, host: 127.0.0.1, port: 80 }\n  effect: allow\n`,
  "policies/forge/README.md": "# forge\n",
};
// The shipped rule, and reviews may count where it decides.
const proposals = readFileSync(new URL("../../../policies/proposals/policy.yaml", import.meta.url), "utf8");
const reviewable = { "policies/proposals/policy.yaml": proposals.replace("    effect: approve\n", "    effect: approve\n    reviewMayCount: true\n") };
const closed = {
  "policies/closed/policy.yaml": `name: closed\ndescription: Papers that take a signature.\nrules:\n  - id: signed\n    match: { actor: person, action: proposal.land, path: docs/closed/** }\n    effect: approve\n    reason: these are read with care\n`,
  "policies/closed/cases.yaml": `- name: signed\n  request: { action: proposal.land, class: W, path: docs/closed/a.md }\n  effect: approve\n`,
  "policies/closed/README.md": "# closed\n",
};
const people = { "ada@example.org": "Ada-L", "bob@example.org": "bob", "carol@example.org": "carol" };
const signers = Object.entries(people).map(([name, login]) => signerLine(name, sshKey()).replace(/\n$/, ` github:${login}\n`));
const gone = { GITHUB_BASE_REF: undefined, GITHUB_STEP_SUMMARY: undefined, GITHUB_ACTIONS: undefined, GITHUB_API_URL: undefined, GH_TOKEN: undefined };

let server: GitHubServer;
let world: ProposalWorld;
let note: Proposal;
beforeAll(async () => {
  server = await gitHubServer();
  world = proposalWorld({ files: { ...forge, ...closed, ...reviewable, "policies/signers": signers.join("") } });
  note = await world.propose();
  await world.putReport(note);
});
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  server.pulls.length = 0;
  server.reviews.length = 0;
});

/** The pull request of a proposal, with what people said in it. */
function pull({ id, head }: Proposal, reviews: readonly Partial<FakeReview>[], more: Partial<FakePull> = {}): void {
  const made = { number: 7, state: "open", title: "t", body: "", draft: false, head: `agentctl/${id}`, base: "main", sha: head, author: "pusher" } as const;
  server.pulls.push({ ...made, headRepo: server.repo, ...more });
  server.reviews.push(...reviews.map((review, index) => ({ id: index + 1, who: "ada-l", state: "APPROVED", commit: head, ...review })));
}

const env = () => ({ ...gone, AGENTCTL_FORGE_API_URL: server.url, GITHUB_TOKEN: "ghp_test" });
const asked = ["--reviews", "--repo", "acme/desk"];
const typed = (dir: string, argv: readonly string[], expectExit = 0): Promise<CliAnswer> => cli(dir, [...argv, ...asked], { env: env(), expectExit });
const verify = ({ head }: Proposal, more: Partial<CiVerifyAsked> = {}): Promise<CiVerified> =>
  ciVerify({ cwd: world.dir, env: env(), base: "main", head, reviews: { remote: "origin", repo: "acme/desk" }, ...more });

describe("ci verify --reviews", () => {
  test("holds by an approving review of a signer's login at exactly the head", async () => {
    pull(note, [{}]);
    const { stdout } = await typed(world.dir, ["ci", "verify", "--head", note.head]);
    expect(stdout).toMatch(/^approve +ada@example\.org {2}review$/m);
    expect(stdout).toMatch(/^holds +p-/m);
  });

  test("waits where the reviews are of another commit, of no signer, of an app with a signer's login, or were dismissed", async () => {
    pull(note, [{ commit: "9".repeat(40) }, { who: "mallory" }, { who: "bob", type: "Bot" }, { who: "carol" }, { who: "carol", state: "DISMISSED" }]);
    const why = expect.stringContaining("the review is of 9999999999, the branch is at") as string;
    expect(await verify(note, { gates: true })).toMatchObject({ verdict: "waits", votes: [{ who: "ada@example.org", counts: false, why }] });
    expect((await verify(note)).votes).toHaveLength(1);
  });

  test("waits where whoever opened the pull request reviewed it", async () => {
    pull(note, [{}], { author: "Ada-L" });
    const why = expect.stringContaining("one's own approval does not count") as string;
    expect(await verify(note)).toMatchObject({ verdict: "waits", votes: [{ counts: false, why }] });
  });

  test("pull requests of a fork, onto another branch, or whose branch is elsewhere are not the proposal's", async () => {
    pull(note, [{}], { headRepo: "mallory/desk" });
    pull(note, [], { base: "trunk" });
    pull(note, [], { sha: "9".repeat(40) });
    expect(await verify(note)).toMatchObject({ verdict: "waits", votes: [] });
  });

  test.each<[string, Parameters<ProposalWorld["propose"]>[0], RegExp]>([
    ["its reviewer proposed it", { proposer: { kind: "person", name: "ada@example.org" } }, /ada@example\.org proposed it/],
    ["it takes two keys", { contents: files({ "policies/forge/README.md": "# other\n" }) }, /this change takes signed ones/],
    ["a rule for its path says nothing of reviews", { contents: files({ "docs/closed/a.md": "# A\n" }) }, /no rule says that a review may count here/],
  ])("waits where %s, and asks no gates for nothing", async (_what, wanted, why) => {
    const proposal = await world.propose(wanted);
    pull(proposal, [{}]);
    const { verdict, votes } = await verify(proposal, { gates: true });
    expect([verdict, votes.length, votes[0]?.counts]).toEqual(["waits", 1, false]);
    expect(votes[0]?.why).toMatch(why);
    expect(await gateReportFor(world.stateDir, proposal)).toBeUndefined();
  });

  test("a signer's no is a no, beside another's yes", async () => {
    pull(note, [{}, { who: "bob", state: "CHANGES_REQUESTED" }]);
    expect(await verify(note)).toMatchObject({ verdict: "fails", reasons: ["bob@example.org rejected it (review)"] });
  });

  test("a host that fails or breaks off says nothing, so nothing holds", async () => {
    pull(note, [{}]);
    // The first answer names the pull request, then its reviews are asked for, four times.
    const pulls: GitHubAnswer = { status: 200, body: await pullsJson() };
    const bad: GitHubAnswer = { status: 502, body: "{}" };
    server.add(pulls, bad, bad, bad, bad);
    const { stdout, stderr } = await typed(world.dir, ["ci", "verify", "--head", note.head], 1);
    expect(stdout).toBe("");
    expect(stderr).toContain("answered 502 for reviews");
    server.add(pulls, "cut", "cut", "cut", "cut");
    await expect(verify(note)).rejects.toMatchObject({ code: "forge/no-answer" });
    expect(server.asked.filter(({ path }) => path.includes("/reviews"))).toHaveLength(8);
  });

  test("a host that the policies do not let be reached is not asked", async () => {
    pull(note, [{}]);
    const elsewhere = { ...env(), AGENTCTL_FORGE_API_URL: server.url.replace("127.0.0.1", "localhost") };
    await expect(verify(note, { env: elsewhere })).rejects.toMatchObject({ code: "forge/not-asked", exit: "denied" });
    expect(server.asked).toEqual([]);
  });
});

/** What the server itself would say of its pull requests. */
async function pullsJson(): Promise<string> {
  const answer = await fetch(`${server.url}/repos/${server.repo}/pulls`, { headers: { authorization: "token ghp_test" } });
  return answer.text();
}

describe("ci verify --reviews --gates, in a clone that has asked nothing", () => {
  let clone: TestWorkspace;
  let second: Proposal;
  let third: Proposal;
  let leak: Proposal;
  beforeAll(async () => {
    second = await world.propose({ contents: files({ "docs/second.md": "# Second\n" }) });
    third = await world.propose({ contents: files({ "docs/third.md": "# Third\n" }) });
    leak = await world.propose({ contents: files({ "docs/key.md": `ghp_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"}\n` }) });
    // As actions/checkout leaves it: a commit alone, its branch nowhere, the protected branch only as the remote's.
    clone = workspace({}, { dir: join(folder(), "clone"), commit: false });
    clone.git("remote", "add", "origin", world.dir);
    clone.git("fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*");
    clone.git("checkout", "-q", "--detach", second.head);
  });
  const argv = ["ci", "verify", "--base", "main"];

  test("the gates are missing until they are asked; then it holds, and no branch is left", async () => {
    pull(second, [{}]);
    const { stdout } = await typed(clone.dir, argv, 6);
    expect(stdout).toMatch(/^waits +the review of ada@example\.org counts once the gates are asked here/m);
    expect(stdout).toMatch(/^ungated +p-/m);
    const held = await typed(clone.dir, [...argv, "--gates"]);
    expect(held.stdout).toMatch(/^gates +[0-9a-f]{64}$/m);
    expect(held.stdout).toMatch(/^holds +p-/m);
    expect(clone.git("for-each-ref", "refs/heads")).toBe("");
  });

  test("a gate that fails is said, and the review stands for nothing", async () => {
    pull(leak, [{}]);
    const { stdout } = await typed(clone.dir, [...argv, "--head", leak.head, "--gates"], 7);
    expect(stdout).toMatch(/^why +gate secrets: /m);
  });

  test("a reviewer who thinks again while the gates are asked is heard", async () => {
    pull(third, [{}]);
    const again = setInterval(() => {
      if (server.asked.length === 2) server.reviews.splice(0, 1, { id: 1, who: "ada-l", state: "DISMISSED", commit: third.head });
    }, 2);
    const { verdict } = await verify(third, { cwd: clone.dir, gates: true }).finally(() => clearInterval(again));
    expect(server.asked).toHaveLength(4);
    expect(verdict).toBe("waits");
  });
});

describe("proposal land --reviews", () => {
  test("lands by the same review, on record as one; a dismissed one and a host that fails land nothing", async () => {
    const main = world.git("rev-parse", "main");
    const landing = () => landProposal({ cwd: world.dir, env: env(), proposal: note.id, reviews: { remote: "origin", repo: "acme/desk" } });
    pull(note, [{ state: "DISMISSED" }]);
    expect(await landing()).toMatchObject({ outcome: "refused", exit: "waiting" });
    server.reviews.length = 0;
    server.reviews.push({ id: 1, who: "ada-l", state: "APPROVED", commit: note.head });
    server.add({ status: 401, body: '{"message":"Bad credentials"}' });
    await expect(landing()).rejects.toMatchObject({ code: "forge/unauthenticated" });
    expect(world.git("rev-parse", "main")).toBe(main);
    const landed = (await typed(world.dir, ["proposal", "land", note.id, "--json"])).json();
    expect(landed).toMatchObject({ outcome: "landed", approvedBy: [{ who: "ada@example.org", how: "review" }] });
    expect(world.git("log", "-1", "--format=%B", "main")).toContain("Approved-By: ada@example.org (review)");
    const { rows } = await ask(world.stateDir, "SELECT data->>'$.approvals[0].how' FROM events WHERE kind = 'landing.started'", { rowsMax: 2 });
    expect(rows).toEqual([["review"]]);
  });
});
