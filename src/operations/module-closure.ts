import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { AgentctlError } from "../base/errors.ts";

/** A file of agentctl's own, `path` relative to the folder that holds `src/`. */
export interface ModuleFile {
  path: string;
  text: string;
}

const staticImport = /^[ \t]*(?:import|export)\s(?!type\s)(?:[^;"'`]*?\sfrom\s*)?["']([^"']+)["']/gm;
const lateImport = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/**
 * The module `entry` and every file that it needs, by following relative imports; those of types only are no need. What comes from elsewhere may only be
 * Node's own: a container has no node_modules, so anything else is an error here and not there.
 */
export function moduleClosure(base: string, entry: string): ModuleFile[] {
  const found = new Map<string, string>();
  const open = [join(base, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    const text = readFileSync(file, "utf8");
    found.set(file, text);
    for (const [, name = ""] of [...text.matchAll(staticImport), ...text.matchAll(lateImport)]) {
      if (name.startsWith(".")) open.push(join(dirname(file), name));
      else if (!name.startsWith("node:")) throw new AgentctlError("operations/not-alone", `${file} needs ${name}, which is not in the container`);
    }
  }
  return [...found].map(([file, text]) => ({ path: relative(base, file).replaceAll(sep, "/"), text })).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
