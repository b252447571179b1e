import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { changedTypes } from "../../src/operations/gates/types.ts";
import { codeTemplates } from "../../src/strategy/template/code.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { askAbout } from "../support/gates.ts";
import { proposalWorld } from "../support/proposals.ts";
import { folder } from "../support/workspace.ts";

type Files = Readonly<Record<string, string>>;

const template = codeTemplates.typescript.text;
/** One wrong type, at 16:75. */
const wrong = template.replace("market.buy()", 'market.buy({ units: "all" })');
const found = "error scan/typescript-TS2322 strategies/x/strategy.ts:16";

function laidOut(files: Files): string {
  const dir = folder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** `level rule file:line` of what the change from one tree to the other brings; undefined takes a file away. */
async function brought(before: Files, changes: Readonly<Record<string, string | undefined>>) {
  const after = Object.fromEntries(Object.entries({ ...before, ...changes }).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
  const [base, head] = [laidOut(before), laidOut(after)].map((cwd) => ({ cwd, env: {}, commit: "" }));
  if (base === undefined || head === undefined) throw new Error("two trees");
  const files = Object.entries(changes).map(([path, text]) => ({ path, before: bytes(before[path]), after: bytes(text) }));
  // Of what a gate is given it takes these alone.
  const context = { head, base, signal: new AbortController().signal } as Parameters<typeof changedTypes>[0];
  const { findings, files: judged } = await changedTypes(context, files);
  return {
    head: head.cwd,
    judged,
    findings,
    told: findings.map(({ level, rule, file, line }) => `${level} ${rule} ${file}${line === undefined ? "" : `:${line}`}`),
  };
}

function bytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text);
}

describe("what a change brings", () => {
  test("the shipped template passes; a wrong type is told with its place", async () => {
    expect(await brought({}, { "strategies/x/strategy.ts": template })).toMatchObject({ told: [], judged: 1 });
    expect((await brought({}, { "strategies/x/strategy.ts": wrong })).told).toEqual([found]);
  });

  test("what was wrong at the base is a note, one more of it is not", async () => {
    const path = "strategies/x/strategy.ts";
    expect((await brought({ [path]: wrong }, { [path]: `// A word.\n${wrong}` })).told).toEqual([`note scan/typescript-TS2322 ${path}:17`]);
    const more = wrong.replace("market.exit()", 'market.exit("now")');
    expect((await brought({ [path]: wrong }, { [path]: more })).told).toEqual([
      `note scan/typescript-TS2322 ${path}:16`,
      `error scan/typescript-TS2554 ${path}:17`,
    ]);
  });

  test("what others include: its change, or its going, is told where it breaks something", async () => {
    const base = {
      "strategies/shared/trend.ts": "export const isUp = (a: number, b: number): boolean => a > b;\n",
      "strategies/x/strategy.ts": 'import { isUp } from "../shared/trend.ts";\nexport const up = isUp(1, 2);\n',
      "skills/a/main.ts": "export const untouched: number = 'wrong';\n",
    };
    const changed = base["strategies/shared/trend.ts"].replace("a: number", "a: string");
    expect((await brought(base, { "strategies/shared/trend.ts": changed })).told).toEqual([
      "error scan/typescript-TS2365 strategies/shared/trend.ts:1",
      "error scan/typescript-TS2345 strategies/x/strategy.ts:2",
    ]);
    expect((await brought(base, { "strategies/shared/trend.ts": undefined })).told).toEqual(["error scan/typescript-TS2307 strategies/x/strategy.ts:1"]);
    expect(await brought(base, { "strategies/x/README.md": "# Words\n" })).toMatchObject({ told: [], judged: 0 });
  });

  test("a skill's data, and other code with packages of its own", async () => {
    const base = { "skills/a/main.ts": 'import data from "./data.json";\nexport const n: number = data.n;\n', "skills/a/data.json": '{ "n": 1 }' };
    expect((await brought(base, { "skills/a/data.json": '{ "n": "one" }' })).told).toEqual(["error scan/typescript-TS2322 skills/a/main.ts:2"]);
    const tool = 'export const n: number = "x";\n';
    expect((await brought(base, { "tools/x.mts": tool })).told).toEqual(["error scan/typescript-TS2322 tools/x.mts:1"]);
    expect((await brought(base, { "tools/x.mts": `${tool}import "./y.mts";\nimport "a-package";\n`, "tools/y.mts": tool })).told).toEqual([
      "warning scan/typescript-TS2322 tools/x.mts:1",
      "note scan/typescript-TS2882 tools/x.mts:3",
      "warning scan/typescript-TS2322 tools/y.mts:1",
    ]);
  });
});

describe("hostile changes", () => {
  test("configuration, plugins and declarations that would make everything right change nothing, and nothing of them runs", async () => {
    const marker = join(folder(), "ran");
    const program = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "");\n`;
    const config = JSON.stringify({ compilerOptions: { noCheck: true, strict: false, plugins: [{ name: "../run.cjs" }, { name: "run" }], types: ["run"] } });
    const { told } = await brought(
      {},
      {
        "strategies/x/strategy.ts": `// @ts-nocheck\n${wrong}`,
        "strategies/types.d.ts": "export type BarStrategy = any; export type ParameterValues = any; export type Series = any;\n",
        ...Object.fromEntries(["", "strategies/", "strategies/x/"].map((at) => [`${at}tsconfig.json`, config])),
        "package.json": '{ "scripts": { "prepare": "node run.cjs" }, "main": "run.cjs", "types": "run.cjs" }',
        "run.cjs": program,
        "node_modules/run/index.js": program,
        "node_modules/run/index.d.ts": "declare module '*/types.d.ts' { export type BarStrategy = any; }\n",
        "node_modules/run/package.json": '{ "name": "run", "main": "index.js", "types": "index.d.ts" }',
      },
    );
    expect(told).toEqual(["error scan/typescript-TS2322 strategies/x/strategy.ts:17", "note gate/types-ours strategies/types.d.ts"]);
    expect(existsSync(marker)).toBe(false);
  });

  test("the declarations that come with agentctl are no change of them", async () => {
    const types = readFileSync(join(packageRoot(), "strategies/types.d.ts"), "utf8");
    expect((await brought({}, { "strategies/types.d.ts": types })).told).toEqual([]);
  });

  test("a link in a tree is no way out of it", async () => {
    const outside = laidOut({ "secret.ts": 'export const password = "hunter2";\n' });
    const head = laidOut({ "skills/a/main.ts": 'import { password } from "./out.ts";\nexport const n: 4 = password;\n' });
    symlinkSync(join(outside, "secret.ts"), join(head, "skills/a/out.ts"));
    const context = { head: { cwd: head }, base: { cwd: folder() }, signal: new AbortController().signal } as Parameters<typeof changedTypes>[0];
    const { findings } = await changedTypes(context, [{ path: "skills/a/main.ts", after: Buffer.from("x") }]);
    expect(findings.map(({ rule, line }) => `${rule}:${line}`)).toEqual(["scan/typescript-TS2307:1"]);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });

  test("what could not be checked is an error: a file too large, more files than are looked at, an odd ending, one that is not there", async () => {
    const large = " ".repeat(1024 * 1024 + 1);
    expect(await brought({}, { "tools/a.ts": large })).toMatchObject({
      told: ["error scan/types-not-checked tools/a.ts"],
      findings: [{ message: "types were not checked: tools/a.ts cannot be read" }],
    });
    // Where the base cannot be checked, nothing is known to have been wrong before.
    expect((await brought({ "tools/a.ts": large }, { "tools/a.ts": "export const a: number = 'x';\n" })).told).toEqual([
      "error scan/typescript-TS2322 tools/a.ts:1",
    ]);
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`strategies/s/f${index}.ts`, ""]));
    expect((await brought(many, { "strategies/s/f0.ts": "export {};\n" })).findings[0]?.message).toMatch(/more than 500 files/);
    expect((await brought({}, { "tools/a.TS": "export {};\n" })).told).toEqual(["error scan/types-not-checked tools/a.TS"]);
    const context = { head: { cwd: folder() }, base: { cwd: folder() }, signal: new AbortController().signal } as Parameters<typeof changedTypes>[0];
    const missing = await changedTypes(context, [{ path: "tools/a.ts", after: Buffer.from("") }]);
    expect(missing.findings[0]?.message).toBe("types were not checked: tools/a.ts was not laid out");
  });
});

test("the gate counts what it judged, and looks at what a file leaves behind that only goes", async () => {
  const lib = "export const one = 1;\n";
  const world = proposalWorld({ files: { "skills/a/lib.ts": lib, "skills/a/main.ts": 'export { one } from "./lib.ts";\n' } });
  expect(await askAbout(world, "static", { "strategies/x/strategy.ts": template })).toMatchObject({ verdict: "passed", evidence: { typed: 1 } });
  expect(await askAbout(world, "static", { "skills/a/lib.ts": undefined })).toMatchObject({
    verdict: "failed",
    told: ["error scan/typescript-TS2307 skills/a/main.ts"],
  });
});
