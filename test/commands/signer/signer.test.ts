import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signerLine, sshKey } from "../../support/approvals.ts";
import { cli } from "../../support/cli.ts";
import { proposalWorld } from "../../support/proposals.ts";
import { folder } from "../../support/workspace.ts";

const env = { HOME: folder(), XDG_CONFIG_HOME: undefined };

test("signers are listed, and come and go as proposals; the first ones by hand", async () => {
  const key = sshKey();
  const world = proposalWorld({ files: { "policies/signers": "# nobody yet\n" } });
  const { dir } = world;
  const first = await cli(dir, ["signer", "add", "ada@example.org", "--key", `${key.path}.pub`], { env, expectExit: 2 });
  const line = `ada@example.org namespaces="agentctl-approval-v1" ${key.publicKey}`;
  expect(first.stderr).toContain(`mend   printf '%s\\n' '${line}' >> policies/signers && git add policies/signers && git commit`);
  expect(world.git("for-each-ref", "refs/heads/agentctl")).toBe("");
  expect((await cli(dir, ["signer", "add", "ada@example.org", "--key", key.path], { env, expectExit: 2 })).stderr).toContain("private key");

  world.write({ "policies/signers": `# people\n${line} github:ada\n${signerLine("bob@example.org", sshKey())}` });
  world.commit("the first signers");
  expect((await cli(dir, ["signer"], { env })).stdout).toMatch(/signer +key +fingerprint[\s\S]*ada@example\.org +ed25519 +SHA256:\S+ +good +- +ada/);
  expect((await cli(dir, ["signer", "show", "bob@example.org"], { env })).stdout).toContain("policies/signers:3");
  expect((await cli(dir, ["signer", "remove", "bab@example.org"], { env, expectExit: 2 })).stderr).toContain("did you mean bob@example.org?");

  const more = join(folder(), "cy.pub");
  writeFileSync(more, `${sshKey().publicKey} cy at her laptop\n`);
  const twice = ["signer", "add", "cy@example.org", "--key", `${key.path}.pub`];
  expect((await cli(dir, twice, { env, expectExit: 2 })).stderr).toContain("this key stands in line 2 already, as ada@example.org");
  const added = await cli(dir, ["signer", "add", "cy@example.org", "--key", more, "--github", "cy-1", "--valid-until", "2027-01-31", "--json"], { env });
  const { proposal } = added.json() as { proposal: { id: string; head: string } };
  expect(world.git("show", `${proposal.head}:policies/signers`)).toMatch(
    /^# people\nada[\s\S]*\ncy@example\.org namespaces="agentctl-approval-v1",valid-before="20270201000000Z" ssh-ed25519 \S+ github:cy-1$/,
  );
  const removed = await cli(dir, ["signer", "remove", "ada@example.org"], { env });
  expect(removed.stdout).toContain(`- ${line} github:ada`);
  expect((await cli(dir, ["signer", "--json"], { env })).json()).toMatchObject({ signers: [{ name: "ada@example.org" }, { name: "bob@example.org" }] });
});
