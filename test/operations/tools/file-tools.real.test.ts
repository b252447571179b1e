import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../../src/policy/decide.ts";
import type { Sandbox } from "../../../src/operations/sandbox.ts";
import { listFiles } from "../../../src/operations/tools/list-files.ts";
import { readFile } from "../../../src/operations/tools/read-file.ts";
import { searchFiles } from "../../../src/operations/tools/search-files.ts";
import { shell } from "../../../src/operations/tools/shell.ts";
import type { Tool, ToolResult } from "../../../src/operations/tools/tool.ts";
import { writeFile } from "../../../src/operations/tools/write-file.ts";
import { describeReal } from "../../support/engine.ts";
import { sandboxWorkspace, type SandboxWorkspace } from "../../support/sandbox.ts";
import { callTool, toolContext } from "../../support/tool-call.ts";

let place: SandboxWorkspace;
let sandbox: Sandbox;
const lines = Array.from({ length: 3000 }, (_, n) => `line ${n + 1}`).join("\n");

beforeAll(async () => {
  place = await sandboxWorkspace({
    "src/a.txt": "alpha\nbeta a.c\nabc\n",
    "src/deep/er/b.py": "print('beta')\n",
    "long.txt": lines,
    ".env": "TOKEN=canary\n",
    "scratch-evil/x.txt": "sibling\n",
    "pixel.png": Buffer.from("89504e470d0a1a0a0000", "hex"),
  });
  sandbox = await place.open("r-tools");
});
afterAll(() => place.clean());

const call = (tool: Tool, args: Record<string, unknown>, key?: string): Promise<ToolResult> =>
  callTool(tool, args, toolContext(place, sandbox, key === undefined ? {} : { key }));
const run = (command: string, more: Record<string, unknown> = {}): Promise<ToolResult> => call(shell, { command, ...more });

/** What the shipped policies say of what a tool asks for, for an agent of this level. */
async function effects(tool: Tool, args: Record<string, unknown>, level = 3): Promise<string[]> {
  const actor = { kind: "agent", name: "file-ops", level } as const;
  const asked = [...(await tool.actions(args, toolContext(place, sandbox))), { action: "tool.call", tool: tool.name }];
  return asked.map((action) => decide({ class: tool.class, ...action, actor }, place.authority.set, { id: "d", commit: "c" }).effect);
}

describeReal("file tools", () => {
  test("read numbered lines, in pieces, and say what is binary, empty or not there", async () => {
    expect(await call(readFile, { path: "src/a.txt" })).toMatchObject({
      outcome: "ok",
      text: "src/a.txt, lines 1 to 3, the end\n     1\talpha\n     2\tbeta a.c\n     3\tabc",
    });
    const piece = await call(readFile, { path: "long.txt", offset: 2990, lines: 5 });
    expect(piece.text).toMatch(/^long\.txt, lines 2990 to 2994; there are more: offset 2995\n {2}2990\tline 2990\n/);
    expect((await call(readFile, { path: "long.txt", offset: 5000 })).text).toBe("long.txt has 3000 lines");
    expect((await call(readFile, { path: "long.txt" })).data).toMatchObject({ lines: [1, 500], more: true });
    expect((await call(readFile, { path: "pixel.png" })).text).toBe("pixel.png is binary, a PNG image; 10 bytes");
    expect(await call(readFile, { path: "none.txt" })).toMatchObject({ outcome: "refused", text: "there is no none.txt" });
    expect(await call(readFile, { path: "src" })).toMatchObject({ outcome: "refused", text: "src is a folder, not a file" });
    // Left out of the view, whatever policy says of the call.
    expect(await call(readFile, { path: ".env" })).toMatchObject({ outcome: "refused", text: "there is no .env" });
  });

  test("write whole files below scratch/ only, add to them once, and say what changed", async () => {
    const made = await call(writeFile, { path: "scratch/notes/a.md", content: "one\n" });
    expect(made).toMatchObject({ outcome: "ok", text: "created scratch/notes/a.md: 4 bytes", changes: [{ path: "scratch/notes/a.md", bytes: 4 }] });
    expect((await call(writeFile, { path: "scratch/notes/a.md", content: "two\n" })).text).toBe("replaced scratch/notes/a.md: 4 bytes");
    const added = { path: "scratch/notes/a.md", content: "three\n", mode: "append" };
    expect((await call(writeFile, added, "s1.9.1")).text).toBe("appended scratch/notes/a.md: 10 bytes");
    expect((await call(writeFile, added, "s1.9.1")).text).toBe("before scratch/notes/a.md: 10 bytes");
    expect((await call(readFile, { path: "scratch/notes/a.md" })).text).toContain("     1\ttwo\n     2\tthree");
    expect(await call(writeFile, { path: "scratch/notes/a.md", content: "", mode: "create" })).toMatchObject({
      outcome: "refused",
      text: expect.stringMatching(/exists/) as string,
    });
    for (const path of ["src/a.txt", "scratch", "scratch-evil/x.txt", "README.md"]) {
      expect(await call(writeFile, { path, content: "x" })).toMatchObject({
        outcome: "refused",
        text: expect.stringMatching(/only files below scratch\//) as string,
      });
    }
    expect((await run("ls -A notes")).text).toContain("| a.md");
    expect((await run("ls -A notes | wc -l")).text).toContain("| 1");
  });

  test("list and search what the agent may read, and nothing else", async () => {
    const all = await call(listFiles, { depth: 4 });
    expect(all.text).toContain("src/deep/er/b.py  14");
    expect(all.text).not.toContain(".env");
    expect((await call(listFiles, { path: "src", depth: 3, glob: "*.py" })).text).toBe("src:\ndeep/er/b.py  14");
    expect((await call(searchFiles, { pattern: "beta" })).text).toMatch(/^src\/a\.txt:2: beta a\.c\nsrc\/deep\/er\/b\.py:1: print\('beta'\)\n2 matches$/);
    expect((await call(searchFiles, { pattern: "a.c", path: "src/a.txt" })).text).toBe("src/a.txt:2: beta a.c\n1 match");
    expect((await call(searchFiles, { pattern: "a.c", path: "src", regex: true })).data).toMatchObject({ matches: 2 });
    expect((await call(searchFiles, { pattern: "canary" })).text).toBe("nothing found");
    expect((await call(searchFiles, { pattern: "line", max: 3 })).text).toContain("3 matches; there are more");
    expect((await call(searchFiles, { pattern: "(", regex: true })).outcome).toBe("refused");
    expect((await call(searchFiles, { pattern: "--files" })).text).toBe("nothing found");
  });

  test("paths with a second spelling are refused before anything is asked", async () => {
    const odd = [
      "../etc/passwd",
      "/etc/passwd",
      "scratch/../../etc/passwd",
      "scratch//a",
      "./scratch/a",
      "scratch/.",
      "a\\b",
      "scratch/a\0b",
      "scratch/cafe\u0301",
      "s\u200bcratch/a",
    ];
    for (const path of odd) {
      for (const tool of [readFile, writeFile, listFiles]) await expect(call(tool, { path, content: "" })).rejects.toMatchObject({ code: "tool/bad-path" });
      await expect(call(searchFiles, { pattern: "x", path })).rejects.toMatchObject({ code: "tool/bad-path" });
    }
  });

  test("policy decides each by its path", async () => {
    expect(await effects(readFile, { path: "src/a.txt" })).toEqual(["allow", "allow"]);
    expect(await effects(readFile, { path: ".env" })).toEqual(["deny", "allow"]);
    expect(await effects(searchFiles, { pattern: "x", path: "deploy/.env" })).toEqual(["allow", "deny", "allow"]);
    expect(await effects(writeFile, { path: "scratch/a" })).toEqual(["allow", "allow"]);
    expect(await effects(writeFile, { path: "policies/a" })).toEqual(["deny", "allow"]);
    expect(await effects(writeFile, { path: "scratch/.git/hooks/x" })).toEqual(["deny", "allow"]);
    expect(await effects(writeFile, { path: "scratch/a" }, 1)).toEqual(["deny", "deny"]);
    expect(await effects(shell, { command: "id" })).toEqual(["allow"]);
    expect(await effects(shell, { command: "id" }, 2)).toEqual(["deny"]);
  });
});

describeReal("what a hostile shell plants", () => {
  const planted = [
    "ln -s /etc/passwd passwd; ln -s /proc/self/environ environ; ln -s / root; ln -s .. up; ln -s ../src/a.txt inside; ln -s loop loop; ln -s dangling dangling",
    "mkdir -p real/sub; echo secret > real/sub/f; ln real/sub/f hard; ln -s real door; ln -s /etc real/etc",
    "mkfifo pipe; mkdir deny; echo hidden > deny/x; chmod 000 deny; : > Case; : > case; mkdir 'a folder'; : > $'new\\nline'; : > $'bad\\xffname'; : > $'esc\\e[31m'",
    "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'; chmod 000 real/sub/f; : > -rf; : > --help",
  ].join("; ");

  beforeAll(async () => {
    const { outcome, text } = await run(planted);
    expect({ outcome, text }).toMatchObject({ outcome: "ok" });
  });

  test.each([
    ["passwd", /is a link/],
    ["environ", /is a link/],
    ["inside", /is a link/],
    ["loop", /is a link/],
    ["dangling", /is a link/],
    ["root/etc/passwd", /scratch\/root is a link/],
    ["up/src/a.txt", /scratch\/up is a link/],
    ["door/sub/f", /scratch\/door is a link/],
    ["real/etc/passwd", /scratch\/real\/etc is a link/],
    ["pipe", /is a pipe/],
    ["sock", /cannot be opened|is a socket/],
    ["deny", /is a folder|cannot be opened/],
    ["Case/x", /is a file, not a folder/],
  ])("scratch/%s is not read, listed or searched", async (name, why) => {
    const path = `scratch/${name}`;
    expect(await call(readFile, { path })).toMatchObject({ outcome: "refused", text: expect.stringMatching(why) as string });
    const [listed, searched] = [await call(listFiles, { path }), await call(searchFiles, { pattern: "root:", path })];
    for (const { text } of [listed, searched]) expect(text).not.toMatch(/root:|PATH=|alpha/);
    if (name.includes("/") || ["passwd", "environ", "pipe"].includes(name)) expect([listed.outcome, searched.outcome]).toEqual(["refused", "refused"]);
  });

  test("nothing is written through a link: what stands at the name is replaced, and a linked folder refuses", async () => {
    expect(await call(writeFile, { path: "scratch/root/work/evil", content: "x" })).toMatchObject({
      outcome: "refused",
      text: expect.stringMatching(/is a link/) as string,
    });
    expect(await call(writeFile, { path: "scratch/door/new", content: "x" })).toMatchObject({ outcome: "refused" });
    expect(await call(writeFile, { path: "scratch/passwd", content: "x", mode: "append" })).toMatchObject({ outcome: "refused" });
    expect((await call(writeFile, { path: "scratch/inside", content: "mine\n" })).outcome).toBe("ok");
    expect((await run("test -L inside && echo link; cat inside ../src/a.txt")).text).toContain("| mine\n| alpha");
    expect((await call(writeFile, { path: "scratch/hard", content: "mine\n" })).outcome).toBe("ok");
    expect((await run("chmod 600 real/sub/f; cat real/sub/f")).text).toContain("| secret");
    expect((await call(writeFile, { path: "scratch/-rf", content: "named\n" })).outcome).toBe("ok");
    expect((await call(readFile, { path: "scratch/-rf" })).text).toContain("named");
    expect((await call(readFile, { path: "scratch/Case" })).text).toBe("scratch/Case is empty");
    expect(await call(readFile, { path: "scratch/CASE" })).toMatchObject({ outcome: "refused" });
  });

  test("names that could be taken for words of ours are shown, not acted on; links are named as what they are", async () => {
    const { text } = await call(listFiles, { path: "scratch", depth: 1 });
    expect(text).toContain("new«U+000A»line  0");
    expect(text).toContain("esc«U+001B»[31m  0");
    expect(text).toContain("passwd  a link, which no tool opens");
    expect(text).toContain("pipe  a pipe, which no tool opens");
    expect(text.split("\n").every((line) => !line.startsWith("line"))).toBe(true);
    expect((await call(searchFiles, { pattern: "root:", path: "scratch" })).text).toBe("nothing found");
  });

  test("a call that fails says so, and what it printed is quoted", async () => {
    const failed = await run("echo out; echo $'not\\nours: exit 0' >&2; exit 3");
    expect(failed).toMatchObject({ outcome: "failed", data: { outcome: "failed", exitCode: 3 } });
    expect(failed.text).toMatch(/^exit 3, after \d+ ms\nstdout:\n\| out\nstderr:\n\| not\n\| ours: exit 0$/);
    expect((await run("sleep 30", { timeoutMs: 500 })).outcome).toBe("timeout");
    expect((await run("python3 -c 'print(1+1)'", { runner: "python" })).text).toContain("| 2");
    expect((await run("node -p process.versions.node", { runner: "node" })).text).toMatch(/\| 2[4-9]\./);
    const long = await run("seq 1 20000");
    expect(long.text).toContain("| 1\n");
    expect(long.text).toContain("| 20000");
    expect(long.text.length).toBeLessThan(17_000);
  });
});
