import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { askedIn, order, question, signerLine, signText, sshKey, toHost } from "../../support/approvals.ts";
import { skillWorkspace } from "../../support/skills.ts";
import { folder, type TestWorkspace } from "../../support/workspace.ts";

const [ada, bob] = [sshKey(), sshKey()];
let place: TestWorkspace;
beforeAll(() => {
  place = skillWorkspace({ "policies/signers": signerLine("ada@example.org", ada) + signerLine("bob@example.org", bob) });
});

describe("approval", () => {
  test("a call is listed, shown, approved with a grant, and the grant is listed and revoked", async () => {
    const own = skillWorkspace({});
    expect(await cli(own.dir, ["approval"])).toMatchObject({ stdout: "", stderr: "nothing waits     agentctl approval --all\n" });
    const { approval, root } = await askedIn(own, question([toHost]));
    const list = await cli(own.dir, ["approval"]);
    expect(list.stdout).toMatch(new RegExp(`\n${approval} +quant +web_fetch · net.connect data.example.org:443 +approve +R +- +needs a person +in 23 h\n$`));
    expect(list.stderr).toBe(`next  agentctl approval show ${approval}\n`);
    const shown = await cli(own.dir, ["approval", "show", approval.slice(0, 6)]);
    expect(shown.stdout).toContain(`\nrun      ${root}  call s1.2.1 `);
    expect(shown.stdout).toContain("\nagent│ asked net.connect (class R)  data.example.org  443\n");
    expect(shown.stdout).toContain("grant    --until 7d --scope host     quant: net.connect of class R, host data.example.org:443\n");

    // Nobody to ask, and no --yes.
    expect((await cli(own.dir, ["approval", "approve", approval], { expectExit: 2 })).stderr).toContain("mend   give --yes");
    const approved = await cli(own.dir, ["approval", "approve", approval, "--yes", "--until", "7d", "--scope", "host"]);
    expect(approved.stderr).toMatch(/^grant {4}quant: net\.connect of class R, host data\.example\.org:443, until \S+T00:00:00\.000Z\n/);
    expect(approved.stderr).toContain(`next      agentctl run resume ${root}\n`);
    expect(approved.stdout).toMatch(new RegExp(`^approved  ${approval}  by \\S+ \\(unsigned\\)\ngranted   gr-\\w+  quant: net\\.connect`));
    expect((await cli(own.dir, ["approval", "approve", approval, "--yes"], { expectExit: 3 })).stderr).toContain(`${approval} is approved already`);

    const [grant] = (await cli(own.dir, ["grant", "--json"])).json() as { grant: string; state: string }[];
    expect((await cli(own.dir, ["grant"])).stdout).toMatch(new RegExp(`${grant?.grant} +quant: net\\.connect of class R, host data\\.example\\.org:443 `));
    expect((await cli(own.dir, ["grant", "revoke", `${grant?.grant}x`], { expectExit: 2 })).stderr).toContain(`did you mean ${grant?.grant}?`);
    expect((await cli(own.dir, ["grant", "revoke", grant?.grant ?? "", "--note", "done"])).stdout).toBe(`revoked  ${grant?.grant}\n`);
    expect(await cli(own.dir, ["grant"])).toMatchObject({ stdout: "", stderr: "nothing is granted     agentctl grant --all\n" });
    expect((await cli(own.dir, ["grant", "--all"])).stdout).toContain("revoked");
    expect((await cli(own.dir, ["audit", "verify"])).stdout).toMatch(/^verified /);
  });

  test("an order takes two people with their keys, the second on another machine", async () => {
    const { approval } = await askedIn(place, question([order], { key: "c1", tool: "broker" }));
    const unsigned = await cli(place.dir, ["approval", "approve", approval, "--yes"], { expectExit: 4 });
    expect(unsigned.stderr).toContain("two keys, credentials and orders take signed answers");
    const first = await cli(place.dir, ["approval", "approve", approval, "--yes", "--key", ada.path], { expectExit: 8 });
    expect(first.stdout).toBe(`counted  ${approval}  by ada@example.org (signed)\n`);
    expect(first.stderr).toBe("waits     for another person with a key\n");
    expect((await cli(place.dir, ["approval", "approve", approval, "--yes", "--key", ada.path], { expectExit: 3 })).stderr).toContain("one person counts once");

    const { stdout: statement } = await cli(place.dir, ["approval", "show", approval, "--statement", "--vote", "approve"]);
    const signature = join(folder(), "answer.sig");
    writeFileSync(signature, signText(statement, bob, "agentctl-checkpoint-v1"));
    expect((await cli(place.dir, ["approval", "approve", approval, "--signature", signature], { expectExit: 7 })).stderr).toContain("ssh-keygen -Y sign");
    writeFileSync(signature, signText(statement, bob));
    const second = await cli(place.dir, ["approval", "approve", approval, "--signature", signature, "--json"]);
    expect(second.json()).toMatchObject({ approval, state: "approved", who: "bob@example.org", how: "signed" });
  });

  test("a no needs neither a key nor a yes, and a stranger's key is named", async () => {
    const { approval } = await askedIn(place, question([order], { key: "c2", tool: "broker" }));
    const stranger = sshKey();
    expect((await cli(place.dir, ["approval", "approve", approval, "--yes", "--key", stranger.path], { expectExit: 4 })).stderr).toMatch(
      /the key SHA256:\S+ is not in policies\/signers of the protected branch\nmend {3}a line of policies\/signers, committed/,
    );
    expect((await cli(place.dir, ["approval", "deny", approval, "--note", "not today"])).stdout).toMatch(new RegExp(`^denied  ${approval}  by `));
    expect((await cli(place.dir, ["approval", "show", approval])).stdout).toMatch(
      /^approval a-\w+ {2}denied\n[^]*\nvote {5}deny by \S+, unsigned, \S+: not today\n/,
    );
    expect((await cli(place.dir, ["approval", "--all"])).stdout).toContain("denied");
  });

  test("what an agent wrote cannot act on the terminal, nor pass for a line of ours", async () => {
    const evil = "\u001b[2Jyes\u202e\r\ndigest   sha256:0000";
    const { approval } = await askedIn(place, question([toHost], { key: "c3", args: { url: evil, [evil]: 1 } }));
    const { stdout } = await cli(place.dir, ["approval", "show", approval]);
    expect([...stdout].filter((character) => "\u001b\u202e\r".includes(character))).toEqual([]);
    expect(stdout.split("\n").filter((line) => line.startsWith("digest"))).toHaveLength(1);
    expect(stdout).toContain("agent│ + «U+001B»[2Jyes«U+202E»\nagent│ + digest   sha256:0000\n");
  });

  test("an id that there is not, a question without answer, a halt", async () => {
    const { approval } = await askedIn(place, { key: "c4", kind: "question", agent: "quant", decisions: [], tool: "ask_person", question: "which market?" });
    expect((await cli(place.dir, ["approval", "show", `${approval}x`], { expectExit: 2 })).stderr).toContain(`did you mean ${approval}?`);
    expect((await cli(place.dir, ["approval", "approve", approval, "--yes"], { expectExit: 2 })).stderr).toContain("the note is its answer");
    await cli(place.dir, ["approval", "approve", approval, "--yes", "--until", "7d"], { expectExit: 2 });
    await cli(place.dir, ["halt", "--reason", "odd"]);
    expect((await cli(place.dir, ["approval", "approve", approval, "--yes", "--note", "SP500"], { expectExit: 9 })).stderr).toContain("halted by");
    await cli(place.dir, ["approval"]);
    await cli(place.dir, ["halt", "release", "--reason", "fine", "--yes"]);
    await cli(place.dir, ["approval", "approve", approval, "--yes", "--note", "SP500"]);
  });

  test("a file that is no signature is refused as such", async () => {
    const { approval } = await askedIn(place, question([order], { key: "c5", tool: "broker" }));
    expect((await cli(place.dir, ["approval", "approve", approval, "--signature", "nowhere.sig"], { expectExit: 2 })).stderr).toContain(
      "nowhere.sig cannot be read",
    );
    const large = join(folder(), "large");
    writeFileSync(large, readFileSync(process.execPath).subarray(0, 100_000));
    expect((await cli(place.dir, ["approval", "approve", approval, "--signature", large], { expectExit: 2 })).stderr).toContain("more than 16384 bytes");
  });
});
