import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { placeFiles } from "../../src/workspace/place-files.ts";
import { cli } from "../support/cli.ts";
import { folder, workspace } from "../support/workspace.ts";

const rooms = ["agents", "data", "evaluations", "memory", "policies", "runners", "schemas", "skills", "strategies"];

interface InitJson {
  root: string;
  repository: string;
  created: string[];
  kept: { path: string; why: string }[];
  unchanged: string[];
}

test("an empty folder with spaces and accents becomes a workspace; nothing is committed; again, nothing changes", async () => {
  const dir = join(folder(), "a b", "wörk");
  const first = await cli(folder(), ["init", dir, "--profile", "research"]);
  expect(first.stdout).toMatch(/^created {2}(\w+\/ )+agentctl\.yaml AGENTS\.md$/m);
  expect(first.stderr).toContain('next     git add -A && git commit -m "agentctl workspace"     policies take effect when they are committed');
  expect(readdirSync(dir).toSorted()).toEqual([".git", "AGENTS.md", "agentctl.yaml", ...rooms].toSorted());
  expect(readFileSync(join(dir, "agentctl.yaml"), "utf8")).toContain("\nprofile: research ");
  const ws = workspace({}, { dir });
  expect(ws.git("symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(ws.git("ls-files")).toBe("");
  const again = (await cli(dir, ["init", "--profile", "research", "--json"])).json() as InitJson;
  expect(again).toMatchObject({ root: dir, repository: "existing", created: [], kept: [] });
  expect(again.unchanged).toContain("AGENTS.md");
});

test("what is copied are this package's own rooms, without caches", async () => {
  const dir = folder();
  const { created } = (await cli(dir, ["init", "--json"])).json() as InitJson;
  expect(created.filter((path) => /__pycache__|\.pyc$|node_modules/.test(path))).toEqual([]);
  const differing = created.filter(
    (path) => path.includes("/") && !readFileSync(join(dir, path)).equals(readFileSync(new URL(`../../${path}`, import.meta.url))),
  );
  expect(differing).toEqual([]);
});

test("in an existing repository what differs is kept and listed", async () => {
  const ws = workspace({ "AGENTS.md": "ours\n", "agents/README.md": "ours\n", "agentctl.yaml": "profile: cloud\n" });
  const head = ws.git("rev-parse", "HEAD");
  const { kept, repository } = (await cli(ws.dir, ["init", "--json"])).json() as InitJson;
  expect(repository).toBe("existing");
  expect(kept).toEqual([
    { path: "agents/README.md", why: "it differs" },
    { path: "agentctl.yaml", why: "it differs" },
    { path: "AGENTS.md", why: "it differs" },
  ]);
  expect(ws.git("status", "--porcelain", "-uno")).toBe("");
  expect(ws.git("rev-parse", "HEAD")).toBe(head);
});

test("links are not followed out of the folder", async () => {
  const outside = folder();
  const ws = workspace({ a: "x" });
  symlinkSync(outside, join(ws.dir, "agents"));
  symlinkSync(join(outside, "new"), join(ws.dir, "AGENTS.md"));
  const { kept } = (await cli(ws.dir, ["init", "--json"])).json() as InitJson;
  const agents = kept.filter(({ path }) => path.startsWith("agents/"));
  expect(agents.map(({ path }) => path)).toContain("agents/quant/agent.yaml");
  expect(new Set(agents.map(({ why }) => why))).toEqual(new Set(["agents is not a folder of its own"]));
  expect(kept.filter((each) => !agents.includes(each))).toEqual([{ path: "AGENTS.md", why: "there is a link of that name" }]);
  expect(readdirSync(outside)).toEqual([]);
  expect(lstatSync(join(ws.dir, "AGENTS.md")).isSymbolicLink()).toBe(true);
});

test("inside another repository, e.g. a home under git, it asks which is meant", async () => {
  const home = workspace({ ".bashrc": "x" });
  const project = join(home.dir, "project");
  const { stderr } = await cli(home.dir, ["init", "project"], { expectExit: 2 });
  expect(stderr).toContain(`${project} lies inside the git repository ${home.dir}`);
  expect(stderr).toContain(`agentctl init ${home.dir}`);
  expect(existsSync(join(project, "agentctl.yaml"))).toBe(false);
  workspace({}, { dir: project });
  expect(((await cli(home.dir, ["init", "project", "--json"])).json() as InitJson).root).toBe(project);
});

test("in a worktree it makes that worktree a workspace", async () => {
  const ws = workspace({ a: "x" });
  const side = join(folder(), "side");
  ws.git("worktree", "add", "-q", side);
  expect(((await cli(side, ["init", "--json"])).json() as InitJson).root).toBe(side);
  expect(existsSync(join(ws.dir, "agentctl.yaml"))).toBe(false);
});

test("a bare repository and a file are refused", async () => {
  const bare = workspace({}, { initArgs: ["--bare"] });
  expect((await cli(bare.dir, ["init"], { expectExit: 2 })).stderr).toContain("is a bare git repository");
  const file = join(folder(), "file");
  writeFileSync(file, "");
  expect((await cli(folder(), ["init", file], { expectExit: 2 })).stderr).toContain("cannot be made a workspace");
});

test("a folder that cannot be written is said by name", () => {
  const file = { path: "a/b", data: Buffer.from("x"), program: false };
  expect(() => placeFiles(join(folder(), "gone"), [file])).toThrowError(
    expect.objectContaining({ code: "workspace/cannot-write", message: "a cannot be written: ENOENT" }),
  );
  const dir = folder();
  mkdirSync(join(dir, "a"));
  expect(placeFiles(dir, [{ ...file, program: true }])).toEqual({ created: ["a/b"], kept: [], unchanged: [] });
  expect(lstatSync(join(dir, "a/b")).mode & 0o111).toBe(0o111);
});
