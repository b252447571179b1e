import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { voteProposal } from "../../../src/operations/vote-proposal.ts";
import { cli } from "../../support/cli.ts";
import { signText } from "../../support/approvals.ts";
import { proposalWorld } from "../../support/proposals.ts";
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
