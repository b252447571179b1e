import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { moduleClosure } from "../../src/operations/module-closure.ts";
import { folder } from "../support/workspace.ts";

const base = resolve(import.meta.dirname, "../..");

it("follows what runs, and not what is types only", () => {
  const dir = folder();
  mkdirSync(join(dir, "src"));
  const files = {
    "main.ts": `import { a } from "./a.ts";\nimport type { T } from "./types.ts";\nimport {\n  b,\n} from "./b.ts";\nconst c = await import("./c.ts");\nimport "node:fs";\n`,
    "a.ts": `export * from "./b.ts";\n/**\n * import { x } from "./nowhere.ts"\n */\n`,
    "b.ts": `export type { T } from "./types.ts";\nimport { a } from "./a.ts";\nexport const b = 1;\n`,
    "c.ts": `import "./d.ts";\n`,
    "d.ts": "",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "src", name), text);
  const found = moduleClosure(dir, "src/main.ts");
  expect(found.map(({ path }) => path)).toEqual(["src/a.ts", "src/b.ts", "src/c.ts", "src/d.ts", "src/main.ts"]);
  expect(found.find(({ path }) => path === "src/a.ts")?.text).toBe(files["a.ts"]);
});

it("refuses what a container does not have", () => {
  const dir = folder();
  writeFileSync(join(dir, "main.ts"), `import { nearest } from "fastest-levenshtein";\n`);
  expect(() => moduleClosure(dir, "main.ts")).toThrow(expect.objectContaining({ code: "operations/not-alone" }));
});

it("the engine that goes into containers stands alone, and brings nothing but engines and ground", () => {
  const paths = moduleClosure(base, "src/operations/strategy-host.ts").map(({ path }) => path);
  expect(paths).toContain("src/backtest/run-backtest.ts");
  expect(paths.filter((path) => !/^src\/(base|strategy|backtest)\//.test(path))).toEqual([
    "src/operations/strategy-host.ts",
    "src/operations/strategy-watch.ts",
  ]);
});
