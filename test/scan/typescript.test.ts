import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkTypes, typeBounds, type TypeQuestion, type TypeTree } from "../../src/scan/typescript.ts";
import { folder } from "../support/workspace.ts";

function treeOf(files: Readonly<Record<string, string>>): TypeTree {
  return { read: (path) => files[path], isFolder: (path) => Object.keys(files).some((name) => name.startsWith(`${path}/`)) };
}

/** `level code file:line:column` of what is found; every file that is TypeScript is judged, unless told otherwise. */
async function told(files: Readonly<Record<string, string>>, more: Partial<TypeQuestion> = {}): Promise<string[]> {
  const roots = Object.keys(files).filter((path) => path.endsWith("ts"));
  const findings = await checkTypes({ roots, tree: treeOf(files), ...more });
  return findings.map(({ level, rule, file, line, column }) => `${level} ${rule.replace("scan/typescript-", "")} ${file}:${line}:${column}`);
}

describe("honest code", () => {
  test("what Node has passes, and what is wrong beside it does not", async () => {
    const main = [
      'import { readFileSync, type Stats } from "node:fs";',
      'import { EventEmitter } from "events";',
      'import data from "./data.json" with { type: "json" };',
      'import { half } from "./half.js";',
      'import * as fs from "node:fs";',
      "const entries: fs.Dirent[] = fs.readdirSync('.', { withFileTypes: true }); const platform: NodeJS.Platform = process.platform; fs.cp<string>(platform);",
      "for (const [name, value] of Object.entries(process.env)) console.log(name, value?.trim(), entries.length);",
      "class Wide extends EventEmitter { override emit(name: string): boolean { return name === ''; } }",
      "class Source extends EventEmitter { stats: Stats | undefined; go() { this.once('x', (value: number) => value); } }",
      "const url: URL = new URL('http://localhost'); const bytes: Buffer = Buffer.from('x'); const stream: ReadableStream<string> | undefined = undefined;",
      "try { console.log(await fetch(url), readFileSync(process.argv[2] ?? ''), import.meta.dirname, new Source(), new Wide(), bytes, stream, half(data.k)); }",
      "catch (thrown) { console.error((thrown as NodeJS.ErrnoException).code); }",
    ].join("\n");
    const files = { "skills/a/main.ts": main, "skills/a/data.json": '{ "k": 1 }', "skills/a/half.js": "export function half(a) { return a / 2; }\n" };
    expect(await told(files)).toEqual([]);
    // é € 😀: places are counted as editors count them.
    expect(await told({ ...files, "skills/a/main.ts": `${main}\n/* é€😀 */ const text: string = data.k; export { text };\n` })).toEqual([
      "error TS2322 skills/a/main.ts:13:18",
    ]);
  });

  test("a missing annotation is a warning; what could not run is an error", async () => {
    expect(await told({ "a.ts": "export const f = (x) => x;\n" })).toEqual(["warning TS7006 a.ts:1:19"]);
    expect(await told({ "a.ts": "enum Side { Long }\nexport { Side };\n" })).toEqual(["error TS1294 a.ts:1:6"]);
    expect(await told({ "a.ts": 'import x from "lodash";\nimport y from "./gone.ts";\nexport { x, y };\n' })).toEqual([
      "error TS2307 a.ts:1:15",
      "error TS2307 a.ts:2:15",
    ]);
  });

  test("foreign code has packages and a configuration that are not looked at: where they are missing no error is certain", async () => {
    const alone = "enum E { A }\nexport const e: string = E.A; // import x from 'lodash'\n";
    expect(await told({ "a.ts": alone }, { foreign: true })).toEqual(["error TS2322 a.ts:2:14"]);
    const text = 'import { Emitter } from "lodash";\nexport class Q extends Emitter { f() { return this.zz; } }\n';
    expect(await told({ "a.ts": text }, { foreign: true })).toEqual(["note TS2307 a.ts:1:25", "warning TS2339 a.ts:2:52"]);
    expect(await told({ "a.ts": alone, "b.ts": text }, { foreign: true })).toContain("warning TS2322 a.ts:2:14");
  });
});

describe("hostile code", () => {
  test("comments silence nothing, whatever their case, and take no library away", async () => {
    for (const comment of ["// @ts-nocheck", "// @ts-ignore", "/* @ts-expect-error */", "// @TS-IGNORE"])
      expect(await told({ "a.ts": `${comment}\nexport const a: number = "x";\n` })).toEqual(["error TS2322 a.ts:2:14"]);
    expect(await told({ "a.ts": '/// <reference no-default-lib="true"/>\nexport const a: number = "x";\n' })).toContain("error TS2322 a.ts:2:14");
  });

  test("nothing outside of the tree is read, and nobody learns what is there", async () => {
    const dir = folder();
    const secret = join(dir, "secret.json");
    writeFileSync(secret, '{ "password": "hunter2" }');
    writeFileSync(join(dir, "secret.ts"), 'export const password = "hunter2";\n');
    const reading = (path: string): string =>
      [
        `import a from "${path}.json" with { type: "json" };`,
        `import * as b from "../../../../..${path}.ts";`,
        `import type * as c from "file://${path}.ts";`,
        `/// <reference path="${path}.ts" />`,
        "export const x: 4 = a.password; export const y: 4 = b.password; export type Z = typeof c;",
      ].join("\n");
    const findings = async (path: string): Promise<string> =>
      JSON.stringify(await checkTypes({ roots: ["s/a.ts"], tree: treeOf({ "s/a.ts": reading(path) }) })).replaceAll(path, "PATH");
    const there = await findings(join(dir, "secret"));
    expect(there).toContain("TS2307");
    expect(there).not.toContain("hunter2");
    expect(there).toBe(await findings(join(dir, "nowhere")));
  });

  test("a tree that says there are files outside is not asked for them", async () => {
    const asked: string[] = [];
    const text = 'import "../.git/config.ts";\nimport "../../x.ts";\nimport "./a/..\\\\b.ts";\nexport {};\n';
    const tree: TypeTree = { read: (path) => (asked.push(path), path === "s/a.ts" ? text : "export {};"), isFolder: () => true };
    await checkTypes({ roots: ["s/a.ts"], tree });
    expect(asked.filter((path) => /\.git|\.\.|\\|^\//.test(path))).toEqual([]);
  });

  test("what configures a compiler or a package in the tree is not looked at", async () => {
    const asked: string[] = [];
    const files: Record<string, string> = {
      "s/a.ts": 'import { x } from "#x";\nexport const a: number = x;\n',
      "s/tsconfig.json": '{ "compilerOptions": { "strict": false, "plugins": [{ "name": "./run.js" }], "noCheck": true } }',
      "s/package.json": '{ "imports": { "#x": "./x.ts" } }',
      "s/x.ts": "export const x: number = 1;\n",
      "tsconfig.json": '{ "compilerOptions": { "noCheck": true } }',
    };
    const tree: TypeTree = { read: (path) => (asked.push(path), files[path]), isFolder: () => true };
    expect((await checkTypes({ roots: ["s/a.ts"], tree })).map(({ rule }) => rule)).toEqual(["scan/typescript-TS2307"]);
    expect(asked.filter((path) => path.endsWith(".json") && !path.includes("node_modules/"))).toEqual([]);
  });

  test("types without end, code that breaks the compiler, imports without end: an error in time, never a pass", async () => {
    const endless = [
      'type R<N extends number, A extends 0[] = []> = A["length"] extends N ? A : R<N, [...A, 0]>;',
      "type Exp<N, A = 0 | 1 | 2> = N extends [any, ...infer M] ? Exp<M, A extends any ? [A, 0] | [A, 1] : never> : A;",
      "export const b: Exp<R<40>> = 1;",
    ].join("\n");
    await expect(told({ "a.ts": endless }, { bounds: { ...typeBounds, timeoutMs: 1500 } })).rejects.toThrow(/did not end within 1.5 s/);
    await expect(
      told({ "a.ts": `export const a = ${"(".repeat(200_000)}1${")".repeat(200_000)};` }, { bounds: { ...typeBounds, memoryMiB: 256 } }),
    ).rejects.toThrow(/ended by itself/);
    const tree: TypeTree = { read: (path) => `import "./${path.replace(/\D/g, "")}1.ts";\n${"/".repeat(900_000)}`, isFolder: () => true };
    await expect(checkTypes({ roots: ["a.ts"], tree })).rejects.toThrow(/imports too much/);
    await expect(told({ "a.ts": "export {};" }, { bounds: { ...typeBounds, outputBytes: 1000 } })).rejects.toThrow(/said more than 1000 bytes/);
    await expect(told({ "a.ts": "export {};" }, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  });
});
