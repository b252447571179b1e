import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { sha256 } from "../../../src/base/digest.ts";
import { openRepository } from "../../../src/git/repository.ts";
import { signData } from "../../../src/git/ssh-signature.ts";
import { addApprovals } from "../../../src/operations/approval-ref.ts";
import { verifyProposal } from "../../../src/operations/verify-proposal.ts";
import { statementToSign, voteProposal } from "../../../src/operations/vote-proposal.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { cli } from "../../support/cli.ts";
import { signerLine, signText, sshKey } from "../../support/approvals.ts";
import { land } from "../../support/landings.ts";
import { proposalWorld } from "../../support/proposals.ts";
import { skAgent } from "../../support/ssh-agent.ts";
import { folder } from "../../support/workspace.ts";

const home = { HOME: folder(), XDG_CONFIG_HOME: undefined, SSH_AUTH_SOCK: undefined };

afterEach(() => vi.unstubAllEnvs());

/** Something that takes two keys under a harmless title that would like to act on the terminal. */
async function raised() {
  const world = proposalWorld({ signers: ["ada@example.org", "bob@example.org"] });
  const proposal = await world.propose({
    title: "Just a tidy note \u202e\u001b[2J",
    contents: [{ path: "policies/extra/README.md", data: Buffer.from("# Extra\n") }],
  });
  return { world, proposal };
}

test("a person sees what is signed before they sign it, and what keeps it from being signed", async () => {
  const { world, proposal } = await raised();
  const { id, head, tree } = proposal;
  const early = await cli(world.dir, ["proposal", "approve", id, "--yes"], { env: home, expectExit: 3 });
  expect(early.stderr).toContain(`mend   agentctl proposal gate ${id}`);
  const { digest } = await world.putReport(proposal);
  const nobody = await cli(world.dir, ["proposal", "approve", id, "--yes"], { env: home, expectExit: 4 });
  // What raises it stands before the title; nothing in the title acts.
  expect(nobody.stderr).toMatch(/raises +policies\/extra\/README\.md {2}two-key: decides what is allowed[\s\S]*title +Just a tidy note «U\+202E»«U\+001B»\[2J/);
  for (const fact of [tree, digest, head.slice(0, 10)]) expect(nobody.stderr).toContain(fact);
  const asked = await cli(world.dir, ["proposal", "approve", id, "--key", world.keys["ada@example.org"]?.path ?? ""], { env: home, expectExit: 2 });
  expect(asked.stderr).toContain("mend   give --yes");
  expect((await cli(world.dir, ["proposal", "approve", id, "--yes", "--head", "0000"], { env: home, expectExit: 7 })).stderr).toContain("not at");
});

test("a key elsewhere signs the text that goes out, and nothing else", async () => {
  const { world, proposal } = await raised();
  const { dir, keys } = world;
  const { id } = proposal;
  await world.putReport(proposal);
  const out = folder();
  const { stdout } = await cli(dir, ["proposal", "approve", id, "--statement", "--note", "read it"], { env: home });
  writeFileSync(join(out, "answer"), stdout);
  writeFileSync(join(out, "answer.sig"), signText(stdout, keys["ada@example.org"] ?? { path: "", publicKey: "" }));
  const brought = ["--statement-file", join(out, "answer"), "--signature", join(out, "answer.sig")];
  expect((await cli(dir, ["proposal", "reject", id, ...brought], { env: home, expectExit: 7 })).stderr).toContain("it says approve");
  const first = await cli(dir, ["proposal", "approve", id, ...brought], { env: home, expectExit: 8 });
  expect(first.stdout).toMatch(/^signed +p-\S+ {2}by ada@example\.org \(SHA256:\S+\) {2}over head [0-9a-f]{10}, gates [0-9a-f]{10}\n$/);
  expect(first.stderr).toContain("waits     for another person with a key");

  const shown = await cli(dir, ["proposal", "verify", id], { env: home, expectExit: 8 });
  expect(shown.stdout).toMatch(/waits +nothing is wrong with it; it is not approved yet\n$/);
  expect(shown.stdout).not.toContain("\u001b");
});

test("one in an agent signs by its public half; the view has who said what", async () => {
  const { world, proposal } = await raised();
  const { dir, keys } = world;
  const { id } = proposal;
  await world.putReport(proposal);
  const out = folder();
  const agent = execFileSync("ssh-agent", ["-s"], { encoding: "utf8" });
  const [, socket = ""] = /SSH_AUTH_SOCK=([^;]+)/.exec(agent) ?? [];
  const [, pid = ""] = /SSH_AGENT_PID=(\d+)/.exec(agent) ?? [];
  try {
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    const key = keys["bob@example.org"]?.path ?? "";
    execFileSync("ssh-add", ["-q", key], { stdio: "pipe" });
    const held = join(out, "bob.pub");
    writeFileSync(held, readFileSync(`${key}.pub`));
    const second = await voteProposal({ cwd: dir, env: {}, proposal: id, vote: "approve", note: "", key: held });
    expect(second).toMatchObject({ who: "bob@example.org", state: "open", how: "signed", vote: "approve" });
  } finally {
    process.kill(Number(pid));
  }
  const votes = await cli(dir, ["query", "SELECT who, how, vote, note, received FROM proposal_votes", "--format", "json"], { env: home });
  expect(votes.json()).toEqual([{ who: "bob@example.org", how: "signed", vote: "approve", note: null, received: false }]);
});

test("a security key signs where it is touched, by the very bytes that it would be given: what it says lands, and what nobody touched says nothing", async () => {
  const agent = await skAgent();
  try {
    const { key, habits } = agent;
    const world = proposalWorld({ signers: [], files: { "policies/signers": signerLine("ada@example.org", key) + signerLine("bob@example.org", sshKey()) } });
    const { dir, git } = world;
    const proposal = await world.propose();
    const { id } = proposal;
    const report = await world.putReport(proposal);
    const env = { ...home, SSH_AUTH_SOCK: agent.socket };
    vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
    const tip = git("rev-parse", "main");

    habits.flags = 0;
    const silent = await cli(dir, ["proposal", "approve", id, "--yes", "--key", key.path], { env, expectExit: 7 });
    expect(silent.stderr).toContain("nobody touched the security key when it signed");
    expect(git("for-each-ref", "refs/agentctl/approvals")).toBe("");
    // Nor where somebody puts it there with a git of their own.
    const statement = await statementToSign({ cwd: dir, env: {}, proposal: id, vote: "approve", note: "" });
    const signature = await signData(statement, key.path, "agentctl-approval-v1");
    await addApprovals(openRepository(findWorkspace(dir, {})), id, { votes: [{ digest: sha256(statement), statement, signature }], reports: [report] });
    const refused = await land(world, proposal);
    expect(refused).toMatchObject({ exit: "waiting", why: ["it needs a person", "somebody: nobody touched the security key when it signed"] });
    expect(git("rev-parse", "main")).toBe(tip);

    habits.flags = 1;
    const signed = await cli(dir, ["proposal", "approve", id, "--yes", "--key", key.path], { env });
    expect(signed.stdout).toMatch(/^signed +p-\S+ {2}by ada@example\.org \(SHA256:\S+\)/);
    expect(await land(world, proposal)).toMatchObject({ outcome: "landed", approvedBy: [{ who: "ada@example.org", how: "signed" }] });
    const verified = await cli(dir, ["proposal", "verify", id], { env: home });
    // An auditor's own commands see the touch, too.
    const { commands = [] } = await verifyProposal({ cwd: dir, env: {}, proposal: id, explain: true });
    expect(execFileSync("sh", { cwd: dir, input: commands.join("\n"), encoding: "utf8" })).toContain(`${id}: 1 signed`);
    const unlike = commands.join("\n").replace("'[13579]$'", "'[02468]$'");
    expect(() => execFileSync("sh", { cwd: dir, input: unlike, stdio: "pipe" })).toThrow("Command failed");
    expect(verified.stdout).toMatch(/approve +ada@example\.org[^\n]*SHA256:/);
    expect(verified.stdout).toMatch(/\nholds /);
  } finally {
    await agent.close();
  }
});
