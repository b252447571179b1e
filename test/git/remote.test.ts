import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchRemote } from "../../src/git/fetch.ts";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import { requireRemoteUrl } from "../../src/git/url.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const open = (ws: TestWorkspace): Repository => openRepository(findWorkspace(ws.dir, {}));
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("agentctl-fetch-"));

test.each([{ format: "sha1" }, { format: "sha256" }])("fetches one commit of a $format repository and leaves nothing behind", async ({ format }) => {
  const ws = workspace({ "skills/a/SKILL.md": "one" }, { initArgs: [`--object-format=${format}`] });
  const first = ws.git("rev-parse", "HEAD");
  ws.git("tag", "v1");
  ws.write({ "skills/a/SKILL.md": "two" });
  const second = ws.commit();
  const texts = async (ref?: string): Promise<unknown> => {
    const { commit, files } = await fetchRemote(`file://${ws.dir}`, ref);
    return { commit, files: files.map(({ path, data }) => `${path}: ${Buffer.from(data).toString("utf8")}`) };
  };
  const before = leftovers();
  expect(await texts()).toEqual({ commit: second, files: ["skills/a/SKILL.md: two"] });
  expect(await texts("v1")).toEqual({ commit: first, files: ["skills/a/SKILL.md: one"] });
  expect(await texts("main")).toEqual({ commit: second, files: ["skills/a/SKILL.md: two"] });
  expect(leftovers()).toEqual(before);
});

test("a folder is fetched like a URL, and a commit by its name", async () => {
  const ws = workspace({ a: "x" });
  ws.git("config", "uploadpack.allowAnySHA1InWant", "true");
  const commit = ws.git("rev-parse", "HEAD");
  expect((await fetchRemote(ws.dir, commit)).commit).toBe(commit);
});

test("what is not there is said in git's words", async () => {
  const ws = workspace({ a: "x" });
  await expect(fetchRemote(ws.dir, "v9")).rejects.toMatchObject({
    code: "git/fetch-failed",
    message: /v9 of .* couldn't find remote ref v9/,
    hint: `git ls-remote ${ws.dir}`,
  });
  await expect(fetchRemote(folder())).rejects.toMatchObject({ code: "git/fetch-failed" });
  await expect(fetchRemote(`file://${ws.dir}-not`)).rejects.toMatchObject({ code: "git/fetch-failed" });
});

test("too many bytes, too many files, too large a pack are refused", async () => {
  const ws = workspace({ a: "x".repeat(5000), b: "y" });
  await expect(fetchRemote(ws.dir, "HEAD", { limits: { treeBytes: 5000 } })).rejects.toMatchObject({ code: "git/too-large", message: /5001 bytes/ });
  await expect(fetchRemote(ws.dir, "HEAD", { limits: { files: 1 } })).rejects.toMatchObject({ code: "git/too-large", message: /2 files/ });
});

test("a fetch that hangs ends at its limit, one that is interrupted at once", async () => {
  const server = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `git://127.0.0.1:${port}/x`;
  await expect(fetchRemote(url, "HEAD", { limits: { timeoutMs: 400 } })).rejects.toMatchObject({ code: "git/failed", message: /did not end within 400 ms/ });
  await expect(fetchRemote(url, "HEAD", { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: "git/failed", message: /interrupted/ });
  await new Promise((closed) => server.close(closed));
});

test("a tree with a .GIT folder does not come in", async () => {
  const ws = workspace({ config: "x" });
  const blob = ws.git("rev-parse", "HEAD:config");
  writeFileSync(join(ws.dir, "list"), `100644 blob ${blob}\tconfig\n`);
  const inner = ws.git("-c", "alias.mk=!git mktree < list", "mk");
  writeFileSync(join(ws.dir, "list"), `040000 tree ${inner}\t.GIT\n`);
  const tree = ws.git("-c", "alias.mk=!git mktree < list", "mk");
  ws.git("update-ref", "refs/heads/evil", ws.git("commit-tree", "-m", "x", tree));
  await expect(fetchRemote(ws.dir, "evil")).rejects.toMatchObject({ code: "git/fetch-failed" });
});

test.each([
  "ext::sh -c id",
  "fd::7",
  "-oProxyCommand=id",
  "--upload-pack=id",
  "http://example.org/x",
  "ftp://example.org/x",
  "https://user:pw@example.org/x",
  "https://token@example.org/x",
  "ssh://-oProxyCommand=id/x",
  "git@-host:x",
  "a@b::x",
  "/nowhere/at/all",
  "https://a b",
  "x\ny",
])("%j is not fetched from", async (url) => {
  await expect(fetchRemote(url)).rejects.toMatchObject({ code: "git/bad-url" });
});

test.each(["https://example.org/a.git", "ssh://git@example.org:22/a", "git@example.org:a/b.git", "git://example.org/a", "file:///a"])(
  "%s is a place to fetch from",
  (url) => {
    expect(requireRemoteUrl(url)).toBe(url);
  },
);

test("a URL's secret is not repeated in the error", () => {
  expect(() => requireRemoteUrl("https://user:hunter2@example.org/x")).toThrow(/^the URL for example\.org carries a user name or password$/);
});

test("pushes one ref, by name or URL, and says why a remote refused", async () => {
  const remote = workspace({}, { initArgs: ["--bare"] });
  const ws = workspace({ a: "x" });
  ws.git("remote", "add", "witness", remote.dir);
  ws.git("tag", "v1");
  const repository = open(ws);
  const commit = ws.git("rev-parse", "HEAD");
  const ref = "refs/agentctl/audit";
  await repository.updateRef(ref, commit, undefined);
  expect(await repository.push("witness", ref)).toEqual({ url: remote.dir });
  expect(remote.git("for-each-ref", "--format=%(refname) %(objectname)")).toBe(`${ref} ${commit}`);
  const other = ws.git("commit-tree", "-m", "other", "HEAD^{tree}");
  await repository.updateRef(ref, other, commit);
  await expect(repository.push(remote.dir, ref)).rejects.toMatchObject({ code: "git/push-refused", message: /non-fast-forward|fetch first/ });
  expect(remote.git("rev-parse", ref)).toBe(commit);
  await expect(repository.push("nobody", ref)).rejects.toMatchObject({ code: "git/no-remote", hint: "git remote add nobody <url>" });
});

test("the reader's own credential helper is asked, and its answer is used", async () => {
  const home = folder();
  const asked = join(home, "asked");
  writeFileSync(join(home, ".gitconfig"), `[credential "https://127.0.0.1"]\n helper = "!touch '${asked}'; true"\n`);
  const { ownCredentials } = await import("../../src/git/credentials.ts");
  const { git } = await import("../../src/git/process.ts");
  const before = process.env["HOME"];
  process.env["HOME"] = home;
  try {
    await git({ args: ["credential", "fill"], cwd: home, network: { settings: await ownCredentials() }, input: "protocol=https\nhost=127.0.0.1\n\n" });
  } finally {
    process.env["HOME"] = before;
  }
  expect(existsSync(asked)).toBe(true);
});
