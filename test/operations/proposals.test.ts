import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { proposalLines } from "../../src/cli/proposal-show-lines.ts";
import { listProposals } from "../../src/operations/list-proposals.ts";
import { proposeChange, type ProposeAsked } from "../../src/operations/propose-change.ts";
import { refreshProposal } from "../../src/operations/refresh-proposal.ts";
import { showProposal } from "../../src/operations/show-proposal.ts";
import { withdrawProposal } from "../../src/operations/withdraw-proposal.ts";
import { proposalId } from "../../src/operations/tools/proposal-id.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import { proposalWorld, type ProposalWorld } from "../support/proposals.ts";
import { folder } from "../support/workspace.ts";

const asked = ({ dir }: Pick<ProposalWorld, "dir">, more: Partial<ProposeAsked> = {}): ProposeAsked => ({
  cwd: dir,
  env: {},
  source: { kind: "none" },
  title: "A change",
  rationale: "It was asked for.",
  evidence: [],
  remove: [],
  dryRun: false,
  ...more,
});
const files = (...paths: string[]): ProposeAsked["source"] => ({ kind: "files", files: paths });

describe("proposing", () => {
  test("touches neither working tree nor index, and runs nothing that the repository names", async () => {
    const world = proposalWorld();
    const marker = join(folder(), "marker");
    const program = join(folder(), "program");
    writeFileSync(program, `#!/bin/sh\ntouch ${marker}\ncat\n`, { mode: 0o755 });
    for (const [key, value] of [
      ["core.fsmonitor", program],
      ["filter.evil.clean", program],
      ["filter.evil.process", program],
      ["diff.external", program],
      ["gpg.program", program],
      ["commit.gpgSign", "true"],
    ] as const)
      world.git("config", key, value);
    mkdirSync(join(world.dir, ".git", "hooks"), { recursive: true });
    for (const hook of ["reference-transaction", "pre-commit", "post-index-change"])
      writeFileSync(join(world.dir, ".git", "hooks", hook), `#!/bin/sh\nexec ${program}\n`, { mode: 0o755 });
    world.write({ ".gitattributes": "* filter=evil diff=evil\n", "docs/new.md": "# New\r\n", "tool.sh": "#!/bin/sh\n" });
    chmodSync(join(world.dir, "tool.sh"), 0o755);
    const index = readFileSync(join(world.dir, ".git", "index"));
    const head = world.git("rev-parse", "HEAD");
    const [made] = await proposeChange(asked(world, { source: files("docs/new.md", "tool.sh") }));
    expect(existsSync(marker)).toBe(false);
    expect(readFileSync(join(world.dir, ".git", "index")).equals(index)).toBe(true);
    expect([world.git("rev-parse", "HEAD"), world.git("symbolic-ref", "HEAD")]).toEqual([head, "refs/heads/main"]);
    expect(readFileSync(join(world.dir, "docs/new.md"), "utf8")).toBe("# New\r\n");
    expect(made).toMatchObject({ outcome: "ok", paths: ["docs/new.md", "tool.sh"], needs: { needed: { effect: "two-key" } } });
    rmSync(join(world.dir, ".git", "hooks"), { recursive: true });
    expect(world.git("cat-file", "-p", `${made?.head}:docs/new.md`)).toBe("# New");
    expect(world.git("log", "-1", "--format=%P", made?.head ?? "")).toBe(head);
    expect(world.git("ls-tree", made?.head ?? "", "tool.sh")).toMatch(/^100755 /);
  });

  test("refuses what is there already, secrets, and paths that are not what they seem", async () => {
    const world = proposalWorld();
    world.write({ "docs/a.md": "a\n", "key.md": `ghp_${"a1B2".repeat(9)}\n` });
    symlinkSync("/etc/passwd", join(world.dir, "link"));
    const [first] = await proposeChange(asked(world, { source: files("docs/a.md") }));
    await expect(proposeChange(asked(world, { title: "Other words", source: files("docs/a.md") }))).rejects.toMatchObject({
      code: "proposal/duplicate",
      message: expect.stringContaining(first?.proposal ?? "none") as string,
    });
    await expect(proposeChange(asked(world, { source: files("key.md") }))).rejects.toMatchObject({
      code: "proposal/secret",
      message: expect.not.stringContaining("ghp_") as string,
    });
    await expect(proposeChange(asked(world, { source: files("link") }))).rejects.toMatchObject({ code: "proposal/bad-source" });
    await expect(proposeChange(asked(world, { source: files("../x") }))).rejects.toMatchObject({ code: "proposal/bad-source" });
    const laid = folder();
    for (const [name, why] of [
      ["Policies", "differs only by case"],
      ["git~1", "cannot be proposed"],
    ] as const) {
      mkdirSync(join(laid, name, "x"), { recursive: true });
      writeFileSync(join(laid, name, "x", "policy.yaml"), "x\n");
      await expect(proposeChange(asked(world, { source: { kind: "folder", folder: join(laid, name), at: name } }))).rejects.toThrow(why);
    }
    symlinkSync("/etc/passwd", join(laid, "link"));
    await expect(proposeChange(asked(world, { source: { kind: "folder", folder: laid } }))).rejects.toThrow("link is a link");
    for (let n = 0; n < 5; n++) await world.propose({ contents: [{ path: `docs/${n}.md`, data: Buffer.from(`${n}\n`) }] });
    expect((await listProposals({ cwd: world.dir, env: {}, all: false })).proposals).toHaveLength(6);
  });

  test("a dry run makes neither branch nor record, and says what it would take", async () => {
    const world = proposalWorld();
    const patch = Buffer.from("--- a/policies/signers\n+++ /dev/null\n");
    await expect(proposeChange(asked(world, { source: { kind: "patch", patch }, dryRun: true }))).rejects.toMatchObject({ code: "proposal/bad-patch" });
    const [would] = await proposeChange(asked(world, { remove: ["policies/signers"], dryRun: true }));
    expect(would).toMatchObject({ paths: ["policies/signers"], needs: { risk: { kinds: ["signer"], class: "C" }, needed: { effect: "two-key" } } });
    expect(would).not.toHaveProperty("proposal");
    expect(world.git("for-each-ref", "refs/heads/agentctl")).toBe("");
  });

  test("what a run drafted becomes a proposal of the agent's, once, from what was kept", async () => {
    const world = proposalWorld();
    const { sha256, bytes } = writeBlob(world.stateDir, "# By an agent\n");
    const run = await world.within(async (open) => {
      const proposal = proposalId(open.run, "s1.1");
      const draft = { proposal, key: "s1.1", agent: "quant", title: "Drafted", rationale: "Why.", base: world.git("rev-parse", "HEAD") };
      await open.recorder.append("proposal.drafted", { ...draft, files: [{ path: "docs/by.md", sha256, bytes }] });
      return open.run;
    });
    const drafted = asked(world, { source: { kind: "run", run }, title: undefined, rationale: undefined });
    const [made] = await proposeChange(drafted);
    expect(made).toMatchObject({ proposal: proposalId(run, "s1.1"), proposer: { kind: "agent", name: "quant" }, title: "Drafted", paths: ["docs/by.md"] });
    expect(await proposeChange(drafted)).toMatchObject([{ already: true, head: made?.head }]);
    writeFileSync(join(world.stateDir, "blobs", sha256), "# By somebody else\n");
    await expect(proposeChange(drafted)).rejects.toMatchObject({ code: "proposal/draft-damaged" });
    const shown = await showProposal({ cwd: world.dir, env: {}, proposal: made?.proposal ?? "" });
    expect(shown.evidence).toEqual([{ id: run, found: true }]);
  });
});

describe("a proposal", () => {
  test("is shown with what raises it first, and nothing in it acts or hides", async () => {
    const world = proposalWorld();
    const { id } = await world.propose({
      title: "Only docs \u001b[2J\u202e",
      contents: [
        { path: "docs/aaa.md", data: Buffer.from("harmless\n".repeat(2_000)) },
        { path: "policies/signers", data: Buffer.from("m\u0430llory \u200b\n") },
      ],
    });
    const shown = await showProposal({ cwd: world.dir, env: {}, proposal: id });
    const lines = proposalLines(shown, { width: 120 });
    const text = lines.join("\n");
    expect(shown.changes.map(({ path }) => path)).toEqual(["policies/signers", "docs/aaa.md"]);
    expect(text).toMatch(/! policies\/signers {2}changed {2}\+1 -2/);
    expect(text).toContain("+ │ m«U+0430»llory «U+200B»");
    for (const hidden of ["\u001b", "\u202e", "\u200b"]) expect(text).not.toContain(hidden);
    expect(text).toContain("--full shows all of it");
    expect(lines.length).toBeLessThan(250);
    expect(shown).toMatchObject({ state: "open", lacking: ["the gates", expect.any(String) as string], next: `agentctl proposal gate ${id}` });
  });

  test("is withdrawn with its commit kept, and made anew where nothing stands against it", async () => {
    const world = proposalWorld();
    const gone = await world.propose();
    const end = await withdrawProposal({ cwd: world.dir, env: {}, proposal: gone.id, reason: "no" });
    expect(world.git("rev-parse", end.kept ?? "")).toBe(gone.head);
    expect(world.git("for-each-ref", gone.ref)).toBe("");
    expect((await listProposals({ cwd: world.dir, env: {}, all: true })).proposals).toMatchObject([
      { proposal: gone.id, state: "withdrawn", reason: "no", title: "A note" },
    ]);

    const { id, head } = await world.propose();
    await expect(refreshProposal({ cwd: world.dir, env: {}, proposal: id })).rejects.toMatchObject({ code: "proposal/fresh" });
    world.write({ "docs/other.md": "o\n" });
    const tip = world.commit();
    const anew = await refreshProposal({ cwd: world.dir, env: {}, proposal: id });
    expect(anew).toMatchObject({ base: tip, replaces: head, outcome: "ok" });
    expect(world.git("diff", "--name-only", tip, anew.head ?? "")).toBe("docs/note.md");
    world.write({ "docs/note.md": "another\n" });
    world.commit();
    await expect(refreshProposal({ cwd: world.dir, env: {}, proposal: id })).rejects.toMatchObject({
      code: "proposal/conflict",
      details: { paths: ["docs/note.md"] },
    });
    expect(world.git("rev-parse", `refs/heads/agentctl/${id}`)).toBe(anew.head);
  });

  test("that waited too long is stale; one whose head lies on the protected branch has landed", async () => {
    const world = proposalWorld();
    const { id, head } = await world.propose();
    const list = async (env: NodeJS.ProcessEnv = {}) => (await listProposals({ cwd: world.dir, env, all: true })).proposals.map(({ state }) => state);
    expect(await list()).toEqual(["open"]);
    world.git("merge", "-q", "--no-ff", "-m", "by hand", head);
    expect(await list()).toEqual(["landed"]);
    await expect(withdrawProposal({ cwd: world.dir, env: {}, proposal: id, reason: "" })).rejects.toMatchObject({ code: "proposal/landed" });
  });
});
