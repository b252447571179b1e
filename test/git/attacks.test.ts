import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { messageOf } from "../../src/base/errors.ts";
import { openRepository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

/** A repository whose configuration names a program, and the everyday command by which plain git runs it. */
interface Attack {
  name: string;
  arm(ws: TestWorkspace, program: string): void;
  /** Plain git falls for it; so the fixture is live. */
  everyday: string[];
  /** Also tried through our push. */
  push?: string;
}

const attacks: Attack[] = [
  { name: "core.fsmonitor", arm: (ws, program) => ws.git("config", "core.fsmonitor", program), everyday: ["status"] },
  {
    name: "core.fsmonitor through include.path",
    arm(ws, program) {
      writeFileSync(join(ws.dir, ".git", "more"), `[core]\n fsmonitor = ${program}\n`);
      ws.git("config", "include.path", "more");
    },
    everyday: ["status"],
  },
  {
    name: "clean filter",
    arm(ws, program) {
      ws.git("config", "filter.evil.clean", program);
      ws.write({ ".gitattributes": "*.yaml filter=evil\n", "policies/a/policy.yaml": "changed\n" });
    },
    everyday: ["diff"],
  },
  {
    name: "process filter from .git/info/attributes",
    arm(ws, program) {
      ws.git("config", "filter.evil.process", program);
      ws.git("config", "filter.evil.required", "true");
      mkdirSync(join(ws.dir, ".git", "info"), { recursive: true });
      writeFileSync(join(ws.dir, ".git", "info", "attributes"), "*.yaml filter=evil\n");
      ws.write({ "policies/a/policy.yaml": "changed\n" });
    },
    everyday: ["diff"],
  },
  {
    name: "textconv",
    arm(ws, program) {
      ws.git("config", "diff.evil.textconv", program);
      ws.write({ ".gitattributes": "*.yaml diff=evil\n", "policies/a/policy.yaml": "changed\n" });
    },
    everyday: ["diff"],
  },
  {
    name: "diff.external",
    arm(ws, program) {
      ws.git("config", "diff.external", program);
      ws.write({ "policies/a/policy.yaml": "changed\n" });
    },
    everyday: ["diff"],
  },
  {
    name: "hooks in .git/hooks",
    arm(ws, program) {
      mkdirSync(join(ws.dir, ".git", "hooks"), { recursive: true });
      for (const hook of ["reference-transaction", "pre-push", "post-index-change"]) {
        writeFileSync(join(ws.dir, ".git", "hooks", hook), `#!/bin/sh\nexec ${program}\n`, { mode: 0o755 });
      }
    },
    everyday: ["update-ref", "refs/heads/other", "HEAD"],
  },
  {
    name: "core.hooksPath",
    arm(ws, program) {
      ws.write({ "hooks/reference-transaction": `#!/bin/sh\nexec ${program}\n` });
      chmodSync(join(ws.dir, "hooks/reference-transaction"), 0o755);
      ws.git("config", "core.hooksPath", "hooks");
    },
    everyday: ["update-ref", "refs/heads/other", "HEAD"],
  },
  {
    name: "commit.gpgSign with gpg.program",
    arm(ws, program) {
      ws.git("config", "gpg.program", program);
      ws.git("config", "commit.gpgSign", "true");
      ws.git("config", "push.gpgSign", "true");
    },
    everyday: ["commit", "--allow-empty", "-m", "x"],
  },
  {
    name: "lazy fetch of a missing object from a promisor remote",
    arm(ws, program) {
      ws.git("config", "core.repositoryFormatVersion", "1");
      ws.git("config", "extensions.partialClone", "origin");
      ws.git("config", "remote.origin.promisor", "true");
      ws.git("config", "remote.origin.url", ws.dir);
      ws.git("config", "remote.origin.uploadpack", program);
    },
    everyday: ["cat-file", "-p", "1111111111111111111111111111111111111111"],
  },
  {
    name: "core.sshCommand",
    arm(ws, program) {
      ws.git("config", "core.sshCommand", program);
      ws.git("remote", "add", "origin", "ssh://127.0.0.1:1/x");
      ws.git("config", "protocol.allow", "always");
    },
    everyday: ["-c", "protocol.ssh.allow=always", "push", "origin", "main"],
    push: "origin",
  },
  {
    name: "receive-pack of the remote",
    arm(ws, program) {
      ws.git("remote", "add", "origin", bare());
      ws.git("config", "remote.origin.receivepack", program);
    },
    everyday: ["push", "origin", "main"],
    push: "origin",
  },
  {
    name: "remote helper ext:: by insteadOf",
    arm(ws, program) {
      ws.git("config", "protocol.ext.allow", "always");
      ws.git("config", `url.ext::${program} .insteadOf`, "https://example.org/");
      ws.git("remote", "add", "origin", "https://example.org/x");
    },
    everyday: ["push", "origin", "main"],
    push: "origin",
  },
  {
    name: "credential helper of one URL",
    arm(ws, program) {
      ws.git("config", "credential.https://127.0.0.1.helper", `!${program}`);
      ws.git("config", "credential.helper", `!${program}`);
    },
    everyday: ["credential", "fill"],
  },
];

const question = "protocol=https\nhost=127.0.0.1\n\n";
const bare = (): string => workspace({}, { initArgs: ["--bare"] }).dir;

for (const attack of attacks) {
  test(`no call of ours runs the program of: ${attack.name}`, async () => {
    const ws = workspace({ "policies/a/policy.yaml": "rules: []\n", "skills/s/SKILL.md": "x\n" });
    const commit = ws.git("rev-parse", "HEAD");
    const marker = join(folder(), "marker");
    const program = join(folder(), "program");
    writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\nexit 1\n`, { mode: 0o755 });
    attack.arm(ws, program);

    const repository = openRepository(findWorkspace(ws.dir, {}));
    await repository.head();
    await repository.resolve("main");
    await repository.readTree(commit);
    await repository.readFiles(commit, "policies");
    await repository.readPath(commit, "policies/a/policy.yaml");
    await repository.status();
    await repository.status({ prefix: "policies", ignored: true });
    await repository.firstCommit();
    await repository.listRefs("refs/agentctl");
    await expect(repository.readBlob("1".repeat(40))).rejects.toThrow(/there is no blob/);
    const tree = await repository.writeTree([{ path: "a/b", mode: "100644", oid: await repository.writeBlob("x") }]);
    const made = await repository.commitTree({ tree, parents: [commit], message: "m", author: { name: "a", email: "a@b" } });
    await repository.updateRef("refs/agentctl/audit", made, undefined);
    await repository.updateRefs([{ ref: "refs/agentctl/other", next: made, old: undefined }]);
    await repository.readCommits([made, commit]);
    expect(await repository.treeChanges([[commit, made]])).toMatchObject([
      [{ path: "a/b" }, { path: "policies/a/policy.yaml" }, { path: "skills/s/SKILL.md" }],
    ]);
    await repository.isAncestor(commit, made);
    await repository.countChanges(made, "policies");
    if (attack.push !== undefined) await repository.push(attack.push, "refs/agentctl/audit").catch(messageOf);
    else await repository.push(bare(), "refs/agentctl/audit");
    // What a push over https would ask for.
    expect(await repository.run({ args: ["credential", "fill"], input: question })).toMatchObject({ exitCode: 128 });
    expect(existsSync(marker), "a program of the repository ran").toBe(false);

    rmSync(marker, { force: true });
    try {
      if (attack.everyday[0] === "credential") credentialFill(ws);
      else ws.git(...attack.everyday);
    } catch {
      // Many of these end badly once their program has run.
    }
    expect(existsSync(marker), "the fixture is dead: plain git ran nothing").toBe(true);
  });
}

function credentialFill(ws: TestWorkspace): void {
  ws.write({ ask: question });
  ws.git("-c", `alias.ask=!git credential fill < ask`, "ask");
}

test("a policy swapped by git replace is read as it was committed", async () => {
  const ws = workspace({ "policies/a/policy.yaml": "effect: deny\n" });
  ws.write({ other: "effect: allow\n" });
  ws.git("replace", ws.git("rev-parse", "HEAD:policies/a/policy.yaml"), ws.git("hash-object", "-w", "other"));
  expect(ws.git("show", "HEAD:policies/a/policy.yaml")).toBe("effect: allow");
  const repository = openRepository(findWorkspace(ws.dir, {}));
  const { commit = "" } = await repository.head();
  expect(await repository.readFiles(commit, "policies")).toEqual([{ path: "policies/a/policy.yaml", text: "effect: deny\n" }]);
});

test("GIT_* variables of the caller steer nothing", async () => {
  const ws = workspace({ "policies/a/policy.yaml": "ours\n" });
  const evil = workspace({ "policies/a/policy.yaml": "theirs\n" });
  const marker = join(folder(), "marker");
  const before = { ...process.env };
  Object.assign(process.env, {
    GIT_DIR: join(evil.dir, ".git"),
    GIT_OBJECT_DIRECTORY: join(evil.dir, ".git", "objects"),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: `touch ${marker};`,
    GIT_EXEC_PATH: evil.dir,
    GIT_TRACE: marker,
  });
  try {
    const repository = openRepository(findWorkspace(ws.dir, process.env));
    const { commit = "" } = await repository.head();
    expect(await repository.readFiles(commit, "policies")).toEqual([{ path: "policies/a/policy.yaml", text: "ours\n" }]);
    expect(await repository.status()).toEqual([]);
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  }
  expect(existsSync(marker)).toBe(false);
});

test("a bare repository hidden in the tree is passed over", async () => {
  const ws = workspace({ "docs/readme": "x\n" });
  const hidden = join(ws.dir, "docs");
  for (const name of ["objects", "refs"]) mkdirSync(join(hidden, name));
  writeFileSync(join(hidden, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(hidden, "config"), "[core]\n bare = true\n");
  expect(findWorkspace(hidden, {}).root).toBe(ws.dir);
});

test.each(["--upload-pack=x", "-x", "`id`", ";id", "a\nb", "main\u202e", "a..b", "HEAD:policies", ""])("%j is no revision", async (name) => {
  const ws = workspace({ a: "x" });
  const repository = openRepository(findWorkspace(ws.dir, {}));
  await expect(repository.resolve(name)).rejects.toMatchObject({ code: "git/bad-name" });
});

test.each([
  "--upload-pack=x",
  "main",
  "refs/heads/-x",
  "refs/heads/HEAD",
  "refs/heads/a..b",
  "refs/heads/x.lock",
  "refs/heads/\u202e",
  "refs//heads/x",
  "refs/heads/a b",
])("%j is no ref of ours", async (name) => {
  const ws = workspace({ a: "x" });
  const repository = openRepository(findWorkspace(ws.dir, {}));
  const commit = ws.git("rev-parse", "HEAD");
  await expect(repository.updateRef(name, commit, undefined)).rejects.toMatchObject({ code: "git/bad-name" });
  await expect(repository.readRef(name)).rejects.toMatchObject({ code: "git/bad-name" });
  await expect(repository.push("origin", name)).rejects.toMatchObject({ code: "git/bad-name" });
});

test.each(["../x", "/x", "a//b", ".git/config", "a/.GIT/hooks/x", ".git./x", "git~1/x", "a\\b", "a\nb", "./x", ".g\u200cit/x"])(
  "%j is no path for a tree",
  async (path) => {
    const ws = workspace({ a: "x" });
    const repository = openRepository(findWorkspace(ws.dir, {}));
    const oid = await repository.writeBlob("x");
    await expect(repository.writeTree([{ path, mode: "100644", oid }])).rejects.toMatchObject({ code: "git/bad-path" });
  },
);

test("a repository hidden in the workspace is no remote, by path, by file URL, through a link or by configuration: its hooks would run", async () => {
  const ws = workspace({ a: "x" });
  const marker = join(folder(), "marker");
  const hub = join(ws.dir, "docs", "hub.git");
  workspace({}, { initArgs: ["--bare"], dir: hub });
  writeFileSync(join(hub, "hooks", "pre-receive"), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
  const link = join(folder(), "hub");
  symlinkSync(hub, link);
  ws.git("remote", "add", "origin", "docs/hub.git");
  const repository = openRepository(findWorkspace(ws.dir, {}));
  for (const remote of ["origin", hub, link, `file://${hub}`, "./docs/hub.git"]) {
    await expect(repository.push(remote, "refs/heads/main")).rejects.toMatchObject({ code: "git/bad-url" });
  }
  expect(existsSync(marker)).toBe(false);
  ws.git("push", "origin", "main");
  expect(existsSync(marker), "the fixture is dead: plain git ran nothing").toBe(true);
});
