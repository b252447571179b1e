import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceFile } from "../base/document.ts";
import { messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { checkTypes, isTypeScript, type TypeTree } from "../scan/typescript.ts";
import { typesFile } from "../strategy/template/code.ts";
import { packageRoot } from "../workspace/package.ts";

/** Where strategies import the engine's types from. */
export const declarations = `strategies/${typesFile}`;

/** What the engine that runs strategies has; what lies in a workspace is a copy, for editors, that may be old or anybody's. */
export function engineDeclarations(): string {
  return readFileSync(join(packageRoot(), declarations), "utf8");
}

/** Code of whose types nothing can be said has not passed. */
export function typesNotChecked(cause: unknown, file: string | undefined): Finding {
  const message = `types were not checked: ${messageOf(cause).split("\n")[0] ?? "no compiler"}`;
  return { rule: "scan/types-not-checked", level: "error", message, file, hint: "make the types simpler, or npm install where the compiler is missing" };
}

/** Type errors of one strategy, among its own files and those it includes; paths relative to strategies/. */
export async function strategyTypes(files: readonly SourceFile[]): Promise<Finding[]> {
  const texts = new Map([...files.map(({ path, text }): [string, string] => [`strategies/${path}`, text]), [declarations, engineDeclarations()]]);
  const roots = [...texts.keys()].filter((path) => isTypeScript(path) && path !== declarations);
  const tree: TypeTree = { read: (path) => texts.get(path), isFolder: (path) => [...texts.keys()].some((each) => each.startsWith(`${path}/`)) };
  return checkTypes({ roots, tree }).catch((cause: unknown) => [typesNotChecked(cause, roots[0])]);
}
