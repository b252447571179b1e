import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { verifyAudit } from "../../../src/operations/verify-audit.ts";
import { verifyProposal } from "../../../src/operations/verify-proposal.ts";
import { voteProposal } from "../../../src/operations/vote-proposal.ts";
import { cli } from "../../support/cli.ts";
import { ada, agree, agreed, bob, files, land, status } from "../../support/landings.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { recordsOf } from "../../support/skills.ts";

const old = { "notes/a.md": "a\n", "notes/b.md": "b\n", "notes/gone.md": "gone\n", "notes/staged.md": "s\n", "notes/run.sh": "#!/bin/sh\n" };
const closed = `name: closed
description: Notes are closed.

rules:
  - id: notes-are-closed
    match: { actor: person, action: proposal.land, path: "notes/**" }
    effect: deny
    reason: notes are closed
    examples:
      match: [{ action: proposal.land, path: notes/a.md }]
`;

const cases = `- name: a note does not land
  request: { action: proposal.land, path: notes/a.md }
  effect: deny
  rule: notes-are-closed
`;

describe("what was approved lands", () => {
  let world: ProposalWorld;
  const read = (path: string): string => readFileSync(join(world.dir, path), "utf8");
  beforeAll(() => {
    world = proposalWorld({ files: old });
  });

  test("once people and gates say so, and each no has its exit and moves nothing", async () => {
    const proposal = await world.propose({ contents: files({ "docs/deep/new.md": "new\n", "notes/a.md": "a2\n", "notes/gone.md": undefined }) });
    const before = world.git("rev-parse", "main");
    expect(await land(world, proposal)).toMatchObject({ outcome: "refused", exit: "waiting", hint: `agentctl proposal gate ${proposal.id}` });
    await world.putReport(proposal, { tests: "failed" });
    expect(await land(world, proposal)).toMatchObject({ outcome: "refused", exit: "findings", why: ["the gate tests failed"] });
    await world.putReport(proposal);
    expect(await land(world, proposal)).toMatchObject({ outcome: "refused", exit: "waiting", why: ["it needs a person"] });
    await agree(world, proposal);
    expect(await land(world, proposal, true)).toMatchObject({ outcome: "would-land", from: before, exit: "done" });
    expect(world.git("rev-parse", "main")).toBe(before);
    expect(status(world)).toEqual([]);

    const landed = await cli(world.dir, ["proposal", "land", proposal.id, "--json"]);
    const result = landed.json() as Record<string, string>;
    const tip = world.git("rev-parse", "main");
    expect(result).toMatchObject({ outcome: "landed", from: before, to: tip, along: { brought: 3, leftAlone: [] }, approvedBy: [{ who: ada, how: "signed" }] });
    expect(world.git("show", "-s", "--format=%P", tip)).toBe(`${before} ${proposal.head}`);
    expect(world.git("rev-parse", `${tip}^{tree}`)).toBe(proposal.tree);
    expect(world.git("rev-parse", `refs/agentctl/snapshots/${proposal.id}`)).toBe(before);
    const message = world.git("show", "-s", "--format=%B", tip);
    for (const trailer of ["Proposal-Class: W files", `Approved-By: ${ada} (SHA256:`, "Gates: ", "Policy-Version: 1", "Landed-By: "])
      expect(message).toContain(trailer);
    // The index and the files are what the branch is, for everybody's git.
    expect(status(world)).toEqual([]);
    expect([read("docs/deep/new.md"), read("notes/a.md"), existsSync(join(world.dir, "notes/gone.md"))]).toEqual(["new\n", "a2\n", false]);
    expect(await verifyProposal({ cwd: world.dir, env: {}, proposal: proposal.id })).toMatchObject({ verdict: "holds", landed: { commit: tip } });

    const again = await cli(world.dir, ["proposal", "land", proposal.id], { expectExit: 3 });
    expect(again.stderr).toMatch(new RegExp(`refused +${proposal.id} has landed already[\\s\\S]*next +agentctl proposal rollback`));
    expect(world.git("rev-parse", "main")).toBe(tip);
    const kinds = recordsOf(world.dir)
      .flat()
      .map(({ kind }) => kind)
      .filter((kind) => kind.startsWith("landing."));
    expect(kinds).toEqual(["landing.started", "landing.finished"]);
    expect(await verifyAudit({ cwd: world.dir, env: {} })).toMatchObject({ verified: true, faults: [] });
  }, 300_000);

  test("files that somebody edited, staged or replaced stay as they are, and are named", async () => {
    const proposal = await agreed(world, {
      title: "Everything \u001b[2J",
      contents: files({ "notes/a.md": "a3\n", "notes/b.md": "b3\n", "notes/staged.md": "s3\n", "linked/x.md": "x\n", "notes/mine.md": "theirs\n" }),
    });
    world.write({ "notes/b.md": "my words\n", "notes/staged.md": "staged\n", "notes/mine.md": "mine\n", "elsewhere/x.md": "outside\n" });
    world.git("add", "notes/staged.md");
    symlinkSync("elsewhere", join(world.dir, "linked"));
    const shown = await cli(world.dir, ["proposal", "land", proposal.id]);
    expect(shown.stdout).toMatch(/^landed +main [0-9a-f]{7} → [0-9a-f]{7} /);
    for (const path of ["notes/b.md", "notes/staged.md", "linked/x.md", "notes/mine.md"]) expect(shown.stderr).toContain(`edited    ${path} is as you left it`);
    expect(shown.stderr).not.toContain("\u001b");
    expect([read("notes/a.md"), read("notes/b.md"), read("notes/staged.md"), read("notes/mine.md"), read("elsewhere/x.md")]).toEqual([
      "a3\n",
      "my words\n",
      "staged\n",
      "mine\n",
      "outside\n",
    ]);
    world.git("clean", "-fdqx", "linked", "elsewhere");
    world.git("reset", "-q", "--hard");
    expect(status(world)).toEqual([]);
  });

  test("a branch that is checked out elsewhere moves without the files here", async () => {
    const proposal = await agreed(world, { contents: files({ "notes/a.md": "a4\n" }) });
    world.git("switch", "-q", "-c", "work");
    const result = await land(world, proposal);
    expect(result).toMatchObject({ outcome: "landed", to: world.git("rev-parse", "main"), along: undefined });
    expect(read("notes/a.md")).toBe("a3\n");
    expect(status(world)).toEqual([]);
    world.git("switch", "-q", "main");
    expect(read("notes/a.md")).toBe("a4\n");
  });

  test("a program keeps its mode, no filter or hook of the repository runs", async () => {
    const trap = join(world.dir, ".git", "trap");
    world.write({ ".git/hooks/post-checkout": `#!/bin/sh\ntouch ${trap}\n`, ".git/hooks/reference-transaction": `#!/bin/sh\ntouch ${trap}\n` });
    for (const hook of ["post-checkout", "reference-transaction"]) chmodSync(join(world.dir, ".git/hooks", hook), 0o755);
    world.git("config", "filter.evil.smudge", `touch ${trap}; cat`);
    world.write({ ".git/info/attributes": "* filter=evil\n" });
    const contents = [{ path: "notes/run.sh", data: Buffer.from("#!/bin/sh\ntrue\n"), program: true }];
    const proposal = await agreed(world, { contents }, [ada, bob]);
    expect(await land(world, proposal)).toMatchObject({ outcome: "landed", along: { brought: 1 } });
    expect(existsSync(trap)).toBe(false);
    expect(statSync(join(world.dir, "notes/run.sh")).mode & 0o777).toBe(0o755);
    world.git("config", "--unset", "filter.evil.smudge");
    for (const hook of ["post-checkout", "reference-transaction"]) chmodSync(join(world.dir, ".git/hooks", hook), 0o644);
    world.write({ ".git/info/attributes": "" });
    expect(status(world)).toEqual([]);
  });

  test("a policy is in force for the next landing, as a new version; what it denies, and what somebody rejects, does not land", async () => {
    const policy = await agreed(
      world,
      { contents: files({ "policies/closed/policy.yaml": closed, "policies/closed/cases.yaml": cases, "policies/closed/README.md": "# closed\n" }) },
      [ada, bob],
    );
    expect(await land(world, policy)).toMatchObject({ outcome: "landed", policyVersion: 2, along: { brought: 3, leftAlone: [] } });
    const denied = await world.propose({ contents: files({ "notes/a.md": "a8\n" }) });
    expect(await land(world, denied)).toMatchObject({ exit: "denied", why: [expect.stringContaining("notes are closed (closed/notes-are-closed)")] });
    const other = await agreed(world, { contents: files({ "docs/b.md": "b\n" }) });
    await voteProposal({ cwd: world.dir, env: {}, proposal: other.id, vote: "reject", note: "not so", key: world.keys[bob]?.path });
    expect(await land(world, other)).toMatchObject({ outcome: "refused", exit: "denied", why: [expect.stringContaining("is rejected")] });
  });
});
