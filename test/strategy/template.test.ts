import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { codeTemplates, typesFile } from "../../src/strategy/template/code.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { folder } from "../support/workspace.ts";

const types = readFileSync(join(packageRoot(), "strategies", typesFile), "utf8");

it("the types that strategies import are those of the engine: cp src/strategy/bar-strategy.ts strategies/types.d.ts", () => {
  expect(types).toBe(readFileSync(join(packageRoot(), "src/strategy/bar-strategy.ts"), "utf8"));
});

it("a new strategy in TypeScript has no type errors, in an editor that knows nothing but these two files", () => {
  const dir = folder();
  mkdirSync(join(dir, "x"));
  writeFileSync(join(dir, typesFile), types);
  const file = join(dir, "x", codeTemplates.typescript.file);
  const check = (text: string): string => {
    writeFileSync(file, text);
    try {
      return execFileSync(join(packageRoot(), "node_modules/.bin/tsc"), ["--noEmit", "--strict", "--erasableSyntaxOnly", "--module", "nodenext", file], {
        encoding: "utf8",
        cwd: dir,
      });
    } catch (thrown) {
      return (thrown as { stdout: string }).stdout;
    }
  };
  expect(check(codeTemplates.typescript.text)).toBe("");
  expect(check(codeTemplates.typescript.text.replace("market.buy()", 'market.buy({ units: "all" })'))).toMatch(
    /Type 'string' is not assignable to type 'number'/,
  );
});
